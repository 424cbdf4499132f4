// Holds the settings that workflows read against the table of docs/guide/deployment.md, which whoever forks works through.
import { readFileSync } from 'node:fs';

const GUIDE = 'docs/guide/deployment.md';
const ROW =
  /^\| (?<kind>variable|secret) of (?<place>the repository|each environment)[^|]*\| `(?<name>\w+)`/gm;
const KINDS = { vars: 'variable', secrets: 'secret' };

/** Settings that are read and not in the table, that are in it and never read, or are read where they are not set. */
export function settingsFaults(workflows, guide = readFileSync(GUIDE, 'utf8')) {
  const rows = [...guide.matchAll(ROW)].map(({ groups }) => groups);
  const reads = Object.entries(workflows).flatMap(([file, { jobs = {}, ...rest }]) => [
    ...readsOf(rest).map((read) => ({ ...read, where: file })),
    ...Object.entries(jobs).flatMap(([name, job]) =>
      readsOf(job).map((read) => ({ ...read, where: `${file}: job ${name}`, environment: job.environment })),
    ),
  ]);
  const unread = rows.filter(({ name }) => !reads.some((read) => read.name === name));
  return [
    ...reads.flatMap((read) => faultsOf(read, rows)),
    ...unread.map(({ name }) => `${GUIDE}: no workflow reads ${name}`),
  ];
}

function faultsOf({ context, name, where, environment }, rows) {
  if (!name) return [`${where}: ${context} is read in a way that names no setting`];
  const row = rows.find((each) => each.name === name && each.kind === KINDS[context]);
  if (!row) return [`${where}: ${context}.${name} is not in the table of ${GUIDE}`];
  const empty = row.place === 'each environment' && !environment;
  return empty ? [`${where}: ${context}.${name} is set in environments, and the job has none`] : [];
}

/** Each `vars.X` and `secrets.X` in expressions; without a name where all are taken, or one that is computed. */
function readsOf(part) {
  const conditions = [part, ...(part.steps ?? [])].map((each) => `\${{ ${each.if ?? ''} }}`);
  const expressions = [JSON.stringify(part), ...conditions].join('\n').match(/\$\{\{.*?\}\}/g) ?? [];
  return expressions.flatMap((text) =>
    [...text.matchAll(/\b(?<context>vars|secrets)\b(?:\.(?<name>\w+))?/g)].map(({ groups }) => groups),
  );
}

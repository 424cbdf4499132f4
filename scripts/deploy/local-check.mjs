// Holds what a push or a pull request runs against .ci/run, which anybody can run, and the table of what needs more.
import { readFileSync } from 'node:fs';
import { STEPS } from '../check-steps.mjs';

const GUIDE = 'docs/guide/deployment.md';
const TABLE = /^\| Step of a workflow .*\n.*\n((?:\|.*\n)+)/m;

/** Steps that are neither in .ci/run nor in the table, and rows that no step needs. */
export function localFaults(workflows, guide = readFileSync(GUIDE, 'utf8')) {
  const here = ['bash .ci/run', ...commandsOf(readFileSync('.ci/run', 'utf8'))];
  const rows = rowsOf(guide);
  const steps = stepsOf(workflows);
  const begins = (row) => (step) => step.what === row || step.what.startsWith(`${row} `);
  const open = steps.filter(
    (step) => !rows.some((row) => begins(row)(step)) && !here.some((command) => covers(command, step.what)),
  );
  return [
    ...open.map(
      ({ where, what }) => `${where}: \`${what}\` is neither part of .ci/run nor in the table of ${GUIDE}`,
    ),
    ...rows
      .filter((row) => !steps.some(begins(row)))
      .map((row) => `${GUIDE}: no push or pull request runs \`${row}\``),
    ...rows
      .filter((row) => here.some((command) => command.startsWith(row)))
      .map((row) => `${GUIDE}: \`${row}\` is part of .ci/run`),
  ];
}

/** What .ci/run runs, each step of `npm run check` included. */
function commandsOf(script) {
  const commands = [...script.matchAll(/^step (.+)$/gm)].map(([, command]) => command);
  const checked = STEPS.map(([, command]) => `npm run ${command.join(' ')}`);
  return commands.flatMap((command) => (command === 'npm run check' ? [command, ...checked] : [command]));
}

/** All tests cover some, and one installation another; other commands have to be the same. */
function covers(command, step) {
  if (step.startsWith('npx jest ')) return command === 'npm test';
  const program = /^(?:npm ci|bash \S+)/.exec(step)?.[0];
  return program ? command === program || command.startsWith(`${program} `) : command === step;
}

const rowsOf = (guide) =>
  (TABLE.exec(guide)?.[1] ?? '')
    .split('\n')
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code));

/** Each step of a workflow that a push or a pull request starts, of itself or by way of another. */
function stepsOf(workflows) {
  const reached = Object.keys(workflows).filter((file) => startsByItself(workflows[file].on));
  for (const file of reached)
    for (const { uses } of Object.values(workflows[file].jobs ?? {}))
      if (uses?.startsWith('./')) {
        const called = Object.keys(workflows).find((other) => uses.endsWith(other));
        if (called && !reached.includes(called)) reached.push(called);
      }
  return reached.flatMap((file) =>
    Object.entries(workflows[file].jobs ?? {}).flatMap(([job, { steps = [] }]) =>
      steps.flatMap(whatOf).map((what) => ({ where: `${file}: job ${job}`, what })),
    ),
  );
}

function startsByItself(on) {
  const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on ?? {});
  return events.includes('push') || events.includes('pull_request');
}

const whatOf = ({ uses, run }) =>
  uses
    ? [uses.split('@')[0]]
    : run
        .trim()
        .split('\n')
        .map((line) => line.replace(' --silent', '').replace(/ > \S+$/, ''));

// What the proofs have seen: a file a topic, which only `npm run prove` writes, and the page that is made from them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TOPICS } from './topics.mjs';

const FOLDER = 'docs/reliability';
const PAGE = 'docs/reliability.md';

const fileOf = (topic) => path.posix.join(FOLDER, `${topic}.json`);

/** What the last proof at full size has seen; undefined when there was none. */
export const keptFigures = (topic) =>
  existsSync(fileOf(topic)) ? JSON.parse(readFileSync(fileOf(topic), 'utf8')) : undefined;

/** Keeps the figures of a topic, and brings the page up to date. */
export function keepFigures(topic, figures) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(fileOf(topic), `${JSON.stringify(figures, null, 2)}\n`);
  writePage();
}

export const writePage = () => writeFileSync(PAGE, reliabilityPage());

/** Adds up what the tests recorded, one JSON object a line. */
export function sumOf(lines) {
  const sum = {};
  for (const line of lines.split('\n').filter(Boolean)) {
    for (const [name, count] of Object.entries(JSON.parse(line))) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

/** What is less than the topic states, one line each. */
export const shortfalls = (topic, counts = {}) =>
  Object.entries(TOPICS[topic].sizes)
    .filter(([name, least]) => !(counts[name] >= least))
    .map(
      ([name, least]) => `${topic}: ${words(name)}: ${counts[name] ?? 'none'}, at least ${least} are stated`,
    );

/** `killsAtSteps` → `kills at steps` */
export const words = (name) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** The text of docs/reliability.md. */
export const reliabilityPage = () => `# Reliability

What each proof saw when it was last run at full size. \`npm test\` runs the same proofs in their smallest form; the [three tiers](adr/0016-three-tiers-of-proof.md) say why. \`npm run prove\` makes this page from the files in \`docs/reliability/\`, which nothing else writes; a test refuses a count below the stated one, and a change by hand.
${Object.entries(TOPICS)
  .map(([topic, { proves, sizes }]) => section(topic, { proves, sizes, ...keptFigures(topic) }))
  .join('')}`;

function section(topic, { proves, sizes, counts, ...run }) {
  const head = `\n## ${topic}\n\n${proves}\n\n`;
  if (!counts) return `${head}Not run yet: \`npm run prove -- ${topic}\`.\n`;
  const rows = Object.entries(counts).map(
    ([name, count]) => `| ${words(name)} | ${sizes[name] ?? ''} | ${count} |`,
  );
  return `${head}| What | At least | Seen |
| --- | --- | --- |
${rows.join('\n')}

Commit \`${run.commit.slice(0, 12)}\`, ${run.date}, Node ${run.node}, ${run.seconds} s, seed ${run.seed}. To repeat it: \`npm run prove -- ${topic} --seed ${run.seed}\`.
`;
}

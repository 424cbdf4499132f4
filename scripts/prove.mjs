// A proof at full size: kills, restarts, floods. It keeps what it saw in docs/reliability/.
//
//   npm run prove                            the topics, with their sizes
//   npm run prove -- <topic> [--seed 7]      one of them; a seed repeats the random choices of a run
//   npm run prove -- defects [<names>]       the planted defects, or these of them, whose figures are not kept
//   npm run prove -- --page                  docs/reliability.md again, from the figures there are
import '../src/launch.js';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './build.mjs';
import { proveDefects } from './prove/defects.mjs';
import { keepFigures, shortfalls, sumOf, words, writePage } from './prove/figures.mjs';
import { runAlone } from './prove/group.mjs';
import { TOPICS } from './prove/topics.mjs';
import { enterProject } from './settings.mjs';

/** The shell's variables, before this project's `.env` was read: tests have settings of their own. */
const SHELL = { ...process.env };
const JEST = 'node_modules/jest/bin/jest.js';

const git = (...args) => spawnSync('git', args, { encoding: 'utf8' }).stdout?.trim() ?? '';

function list() {
  for (const [topic, { proves, sizes }] of Object.entries(TOPICS)) {
    const least = Object.entries(sizes).map(([name, count]) => `${words(name)} ≥ ${count}`);
    console.log(`${topic}\n  ${proves}\n  ${least.join(', ')}\n`);
  }
  console.log('npm run prove -- <topic> [--seed N]');
}

/** Runs the tests of a topic in its full size; answers what they recorded. Throws when one fails. */
async function proveTests({ sizes, tests }, seed, signal) {
  const folder = mkdtempSync(path.join(tmpdir(), 'keelson-prove-'));
  const figures = path.join(folder, 'figures');
  try {
    const env = { ...SHELL, PROVE_RUN: JSON.stringify({ sizes, seed, figures }) };
    const { status } = await runAlone([JEST, '--runInBand', ...tests], { env, signal, show: true });
    if (status !== 0) throw new Error('The proof failed: see above.');
    return sumOf(readFileSync(figures, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prove(topic, { names, seed, signal }) {
  const proof = TOPICS[topic];
  const changed = git('status', '--porcelain', '--', '.', ':!docs/reliability', ':!docs/reliability.md');
  const unkept = names.length > 0 ? 'only some were run' : changed && 'there are changes that no commit has';
  if (unkept) console.log(`The figures will not be kept: ${unkept}.`);
  await ensureBuilt(console.log);
  console.log(`${topic}, seed ${seed}, commit ${git('rev-parse', 'HEAD')}`);
  const begun = performance.now();
  const counts = proof.tests ? await proveTests(proof, seed, signal) : await proveDefects(names, signal);
  const seconds = Math.round((performance.now() - begun) / 1000);
  for (const [name, count] of Object.entries(counts)) console.log(`${words(name)}: ${count}`);
  console.log(`${seconds} s`);
  const wrong = names.length > 0 ? [] : shortfalls(topic, counts);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  if (unkept) return;
  const [date] = new Date().toISOString().split('T');
  const run = { commit: git('rev-parse', 'HEAD'), date, node: process.versions.node, seed, seconds };
  keepFigures(topic, { ...run, counts });
  console.log(`Kept in docs/reliability/${topic}.json: commit it.`);
}

async function main() {
  enterProject();
  const options = { seed: { type: 'string' }, page: { type: 'boolean' } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [topic, ...names] = positionals;
  if (values.page) return writePage();
  if (!topic) return list();
  if (!Object.hasOwn(TOPICS, topic))
    throw new Error(`There is no topic "${topic}": ${Object.keys(TOPICS).join(', ')}.`);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (!Number.isSafeInteger(seed)) throw new Error('--seed takes a whole number.');
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'])
    process.once(name, () => stop.abort(new Error(`Ended by ${name}.`)));
  return prove(topic, { names, seed, signal: stop.signal });
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

// Proves that the application does without a module: takes it out of a scratch copy, then checks and tests the rest.
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runGroup } from './commands.mjs';
import { dependentsOf, moduleNames } from './inventory.mjs';

/** The shell's variables, before this project's `.env` was read: that one is about another database. */
const SHELL = { ...process.env };
const ENV = { ...SHELL, DATABASE_URL: '', DATABASE_OWNER_URL: '', REDIS_URL: '' };

const LEFT_OUT = /^(node_modules|dist|coverage|[.]git|[.]data|[.]cache|[.]env)([/\\]|$)/;

/** The slow ones that do not see what the copy lacks: they try the launcher, the pipeline, the server, the queues. */
// prettier-ignore
const NOT_AGAIN = [
  'browser', 'drain', 'inbox', 'jobs', 'migrations-beside', 'overload', 'pgbouncer', 'pipeline', 'release', 'scripts',
  'smoke', 'start', 'worker-kill',
];

/** Sign-in, users and the probes are what the rest is tested through. */
const KEPT = ['auth', 'health', 'users'];

/** Sign-in knows organizations and nothing beyond: its many attacks need not be tried again without, say, products. */
const leftOut = (name) =>
  dependentsOf(name).includes('organizations') ? NOT_AGAIN : [...NOT_AGAIN, 'auth-[a-z-]+'];

const stepsFor = (name) => [
  ['removed', `node scripts/modules.mjs remove ${name} --cascade`],
  ['npm run check', 'npm run --silent check'],
  [
    `tests, but for ${leftOut(name).join(', ')}, which do not see it`,
    `npx jest --testPathIgnorePatterns "/test/(${leftOut(name).join('|')})[.]"`,
  ],
];

/**
 * Takes each module out of a copy of its own; without names, each that can be removed. Prints every step, and what a
 * failed one said but for the tests that passed; what comes after that in the same copy is not tried. Throws when a
 * step failed or `signal` is aborted; leaves no copy and no process behind.
 */
export async function check(names, signal) {
  const all = moduleNames();
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`There is no module "${unknown.join('", "')}".`);
  const needed = [];
  for (const name of names.length > 0 ? names : all.filter((each) => !KEPT.includes(each))) {
    console.log(`without ${dependentsOf(name).join(', ')}`);
    if (!(await holdsWithout(name, signal))) needed.push(name);
  }
  if (needed.length > 0) throw new Error(`The rest does not do without ${needed.join(', ')}: see above.`);
}

async function holdsWithout(name, signal) {
  const scratch = mkdtempSync(path.join(realpathSync(tmpdir()), `without-${name}-`));
  try {
    cpSync('.', scratch, { recursive: true, filter: (file) => !LEFT_OUT.test(file) });
    symlinkSync(path.resolve('node_modules'), path.join(scratch, 'node_modules'), 'junction');
    for (const [what, line] of stepsFor(name)) {
      const begun = performance.now();
      const { status, output } = await runGroup(line, { cwd: scratch, env: ENV, signal });
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${what} (${seconds} s)`);
      if (status === 0) continue;
      console.error(`\n${line}\n${output.replaceAll(/^PASS .*\n/gm, '')}`);
      return false;
    }
    return true;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

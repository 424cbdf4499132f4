// Proves that the application does without a module: takes it out of a scratch copy, then checks and tests the rest.
import { rmSync } from 'node:fs';
import { runGroup } from './commands.mjs';
import { copyProject } from './copy.mjs';
import { assertModules, dependentsOf, KEPT, moduleNames } from './inventory.mjs';
import { touchedMost } from './touched.mjs';

/** The shell's variables, before this project's `.env` was read: that one is about another database. */
const SHELL = { ...process.env };
const ENV = { ...SHELL, DATABASE_URL: '', DATABASE_OWNER_URL: '', REDIS_URL: '' };

/** The slow ones that do not see what the copy lacks: the processes, the queues, the pooler, the load. */
const NOT_AGAIN = ['system/', 'core/(jobs|overload|pgbouncer)[.]'];

/** Sign-in knows organizations and nothing beyond: its many attacks need not be tried again without, say, products. */
const leftOut = (name) =>
  dependentsOf(name).includes('organizations') ? NOT_AGAIN : [...NOT_AGAIN, 'auth/(?!auth[.])'];

const stepsFor = (name) => [
  ['removed, and no document names it', `node scripts/modules.mjs remove ${name} --cascade`],
  ['npm run check', 'npm run --silent check'],
  [
    `tests, but for ${leftOut(name).join(', ')}, which do not see it`,
    `npx jest --testPathIgnorePatterns "/test/(${leftOut(name).join('|')})"`,
  ],
];

/**
 * Takes each module out of a copy of its own; without names, each that can be removed, or `touched` of them. Prints
 * every step, and what a failed one said but for the tests that passed; what comes after that in the same copy is not
 * tried. Throws when a step failed or the tool is told to end; leaves no copy and no process behind.
 */
export async function check(names, { touched }) {
  assertModules(names);
  const needed = [];
  for (const name of names.length > 0 ? names : chosen(touched)) {
    console.log(`without ${dependentsOf(name).join(', ')}`);
    if (!(await holdsWithout(name))) needed.push(name);
  }
  if (needed.length > 0) throw new Error(`The rest does not do without ${needed.join(', ')}: see above.`);
}

function chosen(touched) {
  const removable = moduleNames().filter((each) => !KEPT.includes(each));
  if (touched === undefined) return removable;
  if (!/^[1-9]\d?$/.test(touched)) throw new Error('--touched takes how many modules: --touched 2');
  const found = touchedMost(removable, Number(touched));
  if (found.length === 0) console.log('The last 20 commits touched no module that can be removed.');
  return found;
}

async function holdsWithout(name) {
  const copy = copyProject(`without-${name}`);
  try {
    for (const [what, line] of stepsFor(name)) {
      const begun = performance.now();
      const { status, output } = await runGroup(line, { cwd: copy, env: ENV });
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${what} (${seconds} s)`);
      if (status === 0) continue;
      console.error(`\n${line}\n${output.replaceAll(/^PASS .*\n/gm, '')}`);
      return false;
    }
    return true;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

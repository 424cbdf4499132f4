// Proves that the application does without a module: takes it out of a scratch copy, then checks and tests the rest.
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './commands.mjs';
import { dependentsOf } from './inventory.mjs';

const LEFT_OUT = /^(node_modules|dist|coverage|[.]git|[.]data)(\/|$)/;

/** The test of this tool would start all over again. */
const TAKES_MODULES_OUT = 'test/modules.e2e-spec.ts';

/** What is wrong without the module; undefined when nothing is. */
export function faultWithout(name) {
  const scratch = mkdtempSync(path.join(realpathSync(tmpdir()), `without-${name}-`));
  try {
    cpSync('.', scratch, { recursive: true, filter: (file) => !LEFT_OUT.test(file) });
    symlinkSync(path.resolve('node_modules'), path.join(scratch, 'node_modules'));
    run(`node scripts/modules.mjs remove ${name} --cascade`, { cwd: scratch });
    run('npm run --silent check', { cwd: scratch });
    run(`npx jest --testPathIgnorePatterns ${TAKES_MODULES_OUT}`, { cwd: scratch });
    return undefined;
  } catch (error) {
    return error.message;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

export const withoutText = (name) => `without ${dependentsOf(name).join(', ')}`;

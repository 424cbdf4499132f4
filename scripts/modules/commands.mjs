// Runs programs of the project for the module tool.
import { spawnSync } from 'node:child_process';

/** Runs a shell line in a folder. Throws an Error with all that it printed when it fails. */
export function run(line, { cwd = '.', env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(line, {
    cwd,
    env: { ...process.env, ...env },
    shell: true,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${line} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** Brings what is made from the code up to date with it. */
export function regenerate() {
  run('npm run --silent build');
  run('npm run --silent generate');
  run('npx jest test/access', { env: { ACCESS_TABLE: 'write' } });
  run('node scripts/modules.mjs list');
}

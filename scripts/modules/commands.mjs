// Runs programs of the project for the module tool.
import { spawn, spawnSync } from 'node:child_process';

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

/**
 * Runs a shell line, and answers its status and all that it printed. Throws the reason of `signal` when that is
 * aborted, after everything that the line started has ended.
 */
export async function runGroup(line, { cwd, env, signal }) {
  signal.throwIfAborted();
  const detached = process.platform !== 'win32';
  const child = spawn(line, { cwd, env, shell: true, detached, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const stop = () => {
    if (!child.pid || child.exitCode !== null) return;
    if (detached) process.kill(-child.pid, 'SIGTERM');
    else child.kill();
  };
  signal.addEventListener('abort', stop);
  try {
    const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    signal.throwIfAborted();
    return { status, output };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Brings what is made from the code up to date with it. */
export function regenerate() {
  run('npm run --silent build');
  run('npm run --silent generate');
  run('npx jest test/core/access', { env: { ACCESS_TABLE: 'write' } });
  run('node scripts/modules.mjs list');
}

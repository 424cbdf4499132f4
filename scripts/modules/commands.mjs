// Runs programs of the project for the module tool.
import { spawn } from 'node:child_process';

const stop = new AbortController();

/** Aborted when the tool is told to end: what it started ends, and its copies go. */
export const stopped = stop.signal;

export function stopOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => stop.abort(new Error(`Ended by ${signal}.`)));
}

/** Runs a shell line in the current folder. Throws an Error with all that it printed when it fails. */
export async function run(line, env = {}) {
  const { status, output } = await runGroup(line, { env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${line} failed:\n${output}`);
}

/**
 * Runs a shell line, and answers its status and all that it printed. Throws when the tool is told to end, after
 * everything that the line started has ended.
 */
export async function runGroup(line, { cwd = '.', env }) {
  stopped.throwIfAborted();
  const detached = process.platform !== 'win32';
  const child = spawn(line, { cwd, env, shell: true, detached, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const end = () => {
    if (!child.pid || child.exitCode !== null) return;
    if (detached) process.kill(-child.pid, 'SIGTERM');
    else child.kill();
  };
  stopped.addEventListener('abort', end);
  try {
    const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    stopped.throwIfAborted();
    return { status, output };
  } finally {
    stopped.removeEventListener('abort', end);
  }
}

/** Brings what is made from the code up to date with it. */
export async function regenerate() {
  await run('npm run --silent build');
  await run('npm run --silent generate');
  await run('npx jest test/core/access', { ACCESS_TABLE: 'write' });
  await run('node scripts/modules.mjs list');
}

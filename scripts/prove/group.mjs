// Runs a program with all that it starts, and leaves none of it behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const GRACE_MS = 30_000;

/**
 * Runs `node <args>`, or a line of the shell, and answers its status and all that it printed; with `show`, what it
 * prints goes to the terminal. What it has started and not ended is killed. Throws the reason of `signal` when that
 * is aborted, after everything has ended.
 */
export async function runAlone(command, { cwd = '.', env, signal, show = false }) {
  signal.throwIfAborted();
  const [file, args] = typeof command === 'string' ? [command, []] : [process.execPath, command];
  const detached = process.platform !== 'win32';
  const stdio = show ? 'inherit' : ['ignore', 'pipe', 'pipe'];
  const child = spawn(file, args, { cwd, env, detached, stdio, shell: typeof command === 'string' });
  let output = '';
  for (const stream of show ? [] : [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const end = (name) => endGroup(child, detached, name);
  let patience;
  const stop = () => {
    end('SIGTERM');
    patience = setTimeout(end, GRACE_MS, 'SIGKILL');
  };
  signal.addEventListener('abort', stop);
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  try {
    const [status] = await once(child, 'exit');
    end('SIGKILL');
    await closed;
    signal.throwIfAborted();
    return { status, output };
  } finally {
    clearTimeout(patience);
    signal.removeEventListener('abort', stop);
  }
}

function endGroup(child, detached, name) {
  try {
    if (detached) process.kill(-child.pid, name);
    else child.kill(name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

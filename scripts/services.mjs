// Runs the application's processes under the launcher and passes on what they print.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describeProcess, endProcess } from './processes.mjs';
import { legible } from './log-lines.mjs';

const parentTie = new URL('./with-parent.mjs', import.meta.url).href;
const running = new Map();
let closed = false;

/**
 * Starts `node <args>` as a process of its own group that ends when the launcher does. Answers
 * `{ pid, output, ended }`: `ended` resolves to `exit code 0` or to the signal that ended it, `output` to what it
 * wrote to standard output when `capture` is set.
 */
export function startProcess(name, args, { env, capture = false }) {
  if (closed) throw new Error(`${name} is not started any more`);
  const color = process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {};
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', parentTie, ...args], {
    env: { ...env, ...color },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C reaches the launcher alone, which then stops everything in order.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  // Who takes the result of a command passes it on: nothing else may be printed where it goes.
  const say = capture ? console.error : console.log;
  const print = (line) => {
    const text = legible(line);
    if (text !== undefined) say(name ? `${name.padEnd(7)} ${text}` : text);
  };
  const output = capture ? collect(child.stdout) : undefined;
  if (!capture) createInterface({ input: child.stdout }).on('line', print);
  createInterface({ input: child.stderr }).on('line', print);
  running.set(child, describeProcess(child.pid));
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(signal ?? `exit code ${code}`);
    });
  });
  return { pid: child.pid, output, ended };
}

/** Runs a command to its end. Throws when it fails; answers its standard output when `capture` is set. */
export async function runCommand(name, args, options) {
  const { ended, output } = startProcess(name, args, options);
  const end = await ended;
  if (end !== 'exit code 0') throw new Error(`${name} failed (${end}): its own message stands above`);
  return output;
}

/** Ends every process started here: asks, and after ten seconds insists. */
export async function stopProcesses() {
  closed = true;
  await Promise.all(
    [...running].map(async ([child, described]) => {
      // On Windows a signal would kill at once; there the closed channel is the way to ask.
      if (process.platform === 'win32' && child.connected) child.disconnect();
      const signals = process.platform === 'win32' ? ['SIGKILL'] : ['SIGTERM', 'SIGKILL'];
      if (process.platform === 'win32') await waitFor(child, 10_000);
      await endProcess(described, { signals });
    }),
  );
}

/** Ends them at once, for a second Ctrl-C. */
export function killProcesses() {
  for (const child of running.keys()) child.kill('SIGKILL');
}

const waitFor = (child, milliseconds) =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve();
    child.once('exit', resolve);
    setTimeout(resolve, milliseconds).unref();
  });

async function collect(stream) {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A worker as operators run it: a process of its own. */
export interface WorkerProcess {
  readonly ready: Promise<void>;
  /** True until it has ended. */
  alive(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
      (name) => statSync(join(folder, name)).mtimeMs,
    ),
  );

/** What runs as a worker: `dist`, or a build of the sources when those are newer. */
export interface WorkerBuild {
  readonly entry: string;
  remove(): void;
}

/** Makes the build where the code finds what it expects around it, but outside of the project. */
export function buildWorker(): WorkerBuild {
  const built = join('dist', 'worker.js');
  if (existsSync(built) && statSync(built).mtimeMs > newest('src')) return { entry: built, remove: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'keelson-worker-'));
  for (const name of ['node_modules', 'package.json']) symlinkSync(resolve(name), join(folder, name));
  const swc = join('node_modules', '@swc', 'cli', 'bin', 'swc.js');
  const options = ['--strip-leading-paths', '--config-file', '.swcrc', '--quiet'];
  execFileSync(process.execPath, [swc, 'src', '--out-dir', join(folder, 'dist'), ...options]);
  return {
    entry: join(folder, 'dist', 'worker.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Starts the build with the environment of this process and `env`. */
export function startWorker({ entry }: WorkerBuild, env: Record<string, string>): WorkerProcess {
  const child = spawn(process.execPath, [entry], {
    env: { ...process.env, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  return {
    ready: untilReady(child, ended),
    alive: () => child.exitCode === null && child.signalCode === null,
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

async function untilReady(child: ChildProcess, ended: Promise<number | string>): Promise<void> {
  let output = '';
  const seen = new Promise<'ready'>((ready) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (text) => {
        output = `${output}${text}`.slice(-10_000);
        if (output.includes('worker ready')) ready('ready');
      });
    }
  });
  const how = await Promise.race([seen, ended]);
  // A worker that was killed before it was ready is no failure of its own.
  if (how !== 'ready' && how !== 'SIGKILL') throw new Error(`The worker ended with ${how}:\n${output}`);
}

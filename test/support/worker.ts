import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseProxy } from './database-proxy';
import { owned, TIE } from './owned';

/** A worker as operators run it: a process of its own. */
export interface WorkerProcess {
  readonly ready: Promise<void>;
  /** True until it has ended. */
  alive(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts one with the environment of this process and `env`. */
export function startWorker(env: Record<string, string>): WorkerProcess {
  const child = owned(
    spawn(process.execPath, ['--import', TIE, 'dist/worker.js'], {
      env: { ...process.env, LOG_LEVEL: 'info', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    }),
  );
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  return {
    ready: untilReady(child, ended),
    alive: () => child.exitCode === null && child.signalCode === null,
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

/** A worker whose words with PostgreSQL pass by a watcher. */
export interface WatchedWorker extends WorkerProcess {
  readonly proxy: DatabaseProxy;
}

/** Starts one on this database by way of a proxy, which closes when the worker ends. */
export async function startWatchedWorker(
  databaseUrl: string,
  env: Record<string, string>,
): Promise<WatchedWorker> {
  const proxy = new DatabaseProxy(new URL(databaseUrl));
  const worker = startWorker({
    ...env,
    DATABASE_URL: await proxy.listen(),
    DATABASE_PREPARED_STATEMENTS: 'false',
  });
  void worker.ended.then(() => proxy.close());
  return { ...worker, proxy };
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

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { eventually } from './eventually';
import { owned } from './owned';
import { findProgram } from './programs';
import { freePorts } from './start-process';

export interface RedisServer {
  readonly url: string;
  /** Takes connections and commands, and answers none. */
  hang(): void;
  stop(): Promise<void>;
}

/** The `redis-server` of this machine, if it has one. */
export const findRedis = (): string | undefined => findProgram('redis-server');

/** A Redis of its own on a free port, that keeps nothing. */
export async function startRedis(): Promise<RedisServer> {
  const [port] = await freePorts(1);
  const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp'];
  const server = owned(spawn(findRedis()!, ['--port', String(port), ...settings], { stdio: 'ignore' }));
  const gone = once(server, 'exit');
  const url = `redis://127.0.0.1:${port}`;
  await eventually(() => ping(url));
  return {
    url,
    hang: () => void server.kill('SIGSTOP'),
    async stop() {
      server.kill('SIGKILL');
      await gone;
    },
  };
}

async function ping(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './eventually';

export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The `redis-server` of this machine, if it has one. */
export const findRedis = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((file) => existsSync(file));

/** A Redis of its own on a free port, that keeps nothing. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp'];
  const server = spawn(findRedis()!, ['--port', String(port), ...settings], { stdio: 'ignore' });
  const gone = once(server, 'exit');
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => {});
  await eventually(async () => {
    await client.connect();
    await client.ping();
  });
  client.disconnect();
  return {
    url,
    async stop() {
      server.kill('SIGKILL');
      await gone;
    },
  };
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

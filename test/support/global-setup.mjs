import { spawnSync } from 'node:child_process';
import { ensureBuilt, entryFile } from '../../scripts/build.mjs';
import { startPostgres } from '../../scripts/embedded-postgres.mjs';

/** The build, for tests that start processes, and one PostgreSQL, whose migrated database each test file clones. */
export default async function setup() {
  await ensureBuilt(() => undefined);
  const server = await startPostgres({ ephemeral: true });
  globalThis.postgres = server;
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void server.stop().finally(() => process.kill(process.pid, signal)));
  Object.assign(process.env, { TEST_DATABASE_URL: server.url, TEST_DATABASE_OWNER_URL: server.ownerUrl });
  const migrated = spawnSync(process.execPath, [entryFile('cli'), 'migrate'], {
    env: { ...process.env, NODE_ENV: 'test', DATABASE_URL: server.url, DATABASE_OWNER_URL: server.ownerUrl },
    encoding: 'utf8',
  });
  if (migrated.status === 0) return;
  await server.stop();
  throw new Error(`The migrations failed:\n${migrated.stdout}${migrated.stderr}`);
}

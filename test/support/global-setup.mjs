import './settings.mjs';
import { spawnSync } from 'node:child_process';
import pg from 'pg';
import { ensureBuilt, entryFile } from '../../scripts/build.mjs';
import { startPostgres } from '../../scripts/embedded-postgres.mjs';

/**
 * The build, for tests that start processes, and one PostgreSQL with two databases to clone: `keelson` is migrated,
 * `keelson_demo` has the demo data as well.
 */
export default async function setup() {
  await ensureBuilt(() => undefined);
  const server = await startPostgres({ ephemeral: true });
  globalThis.postgres = server;
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void server.stop().finally(() => process.kill(process.pid, signal)));
  Object.assign(process.env, { TEST_DATABASE_URL: server.url, TEST_DATABASE_OWNER_URL: server.ownerUrl });
  try {
    cli(server, 'keelson', 'migrate');
    await ask(
      server.ownerUrl,
      'postgres',
      'create database keelson_demo template keelson strategy file_copy',
    );
    process.env.TEST_SEED_PLAN = cli(server, 'keelson_demo', 'seed', '--json', '--orgs', '2');
    // No worker has run: without this, whatever it has not done yet would wait in each clone.
    await ask(server.ownerUrl, 'keelson_demo', 'truncate outbox');
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function cli(server, database, ...args) {
  const addresses = {
    DATABASE_URL: named(server.url, database),
    DATABASE_OWNER_URL: named(server.ownerUrl, database),
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [entryFile('cli'), ...args], {
    env: { ...process.env, ...addresses, REDIS_URL: '' },
    encoding: 'utf8',
  });
  if (status === 0) return stdout;
  throw new Error(`${args.join(' ')} failed:\n${stdout}${stderr}`);
}

const named = (url, database) => Object.assign(new URL(url), { pathname: `/${database}` }).href;

async function ask(url, database, statement) {
  const client = new pg.Client(named(url, database));
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

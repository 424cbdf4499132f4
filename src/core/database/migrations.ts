import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_SCHEMA, runMigrations } from 'bullmq';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { ChangedMigrationsError, compareMigrations, recordChecksums } from './migration-checksums';
import { SnakeCaseNaming } from './naming';

/** One key for every deployment, so that two that migrate at once take turns. */
export const MIGRATION_LOCK = 7_305_211;
const LOOK_EVERY_MS = 200;

/** Where the compiled application finds its migrations, and where the sources do. */
export const migrationFiles = () =>
  __filename.endsWith('.ts')
    ? join(__dirname, '../../../migrations/*.ts')
    : join(__dirname, '../../migrations/*.js');

interface Addresses {
  /** Connects as the owner of the tables. */
  readonly ownerUrl: string;
  /** Connects as the application role; it is granted rows, never tables. */
  readonly url: string;
}

/**
 * Runs every pending migration, each in its own transaction, then those of the queues, and grants the application
 * role its rows. @returns the names of ours
 * @throws ChangedMigrationsError before anything is done, when one that has run is not what it was
 */
export async function migrate({ ownerUrl, url }: Addresses): Promise<string[]> {
  return withLock(ownerUrl, async (lock) => {
    const done = await withOwner(ownerUrl, async (dataSource) => {
      await assertUnchanged(dataSource);
      const ran = await dataSource.runMigrations({ transaction: 'each' });
      await recordChecksums(dataSource);
      return ran;
    });
    await runMigrations(lock);
    await grantRows(lock, decodeURIComponent(new URL(url).username));
    return done.map(({ name }) => name);
  });
}

/** The names of ours that have not run. @throws ChangedMigrationsError as {@link migrate} would */
export async function pendingMigrations({ ownerUrl }: Addresses): Promise<string[]> {
  return withOwner(ownerUrl, assertUnchanged);
}

/** Takes back the newest migration. @returns its name; undefined when none has run */
export async function revertNewest({ ownerUrl }: Addresses): Promise<string | undefined> {
  return withLock(ownerUrl, () =>
    withOwner(ownerUrl, async (owner) => {
      const { pending: before } = await compareMigrations(owner);
      await owner.undoLastMigration({ transaction: 'each' });
      const { pending: after } = await compareMigrations(owner);
      return after.find((name) => !before.includes(name));
    }),
  );
}

async function assertUnchanged(dataSource: DataSource): Promise<string[]> {
  const { pending, changed } = await compareMigrations(dataSource);
  if (changed.length > 0) throw new ChangedMigrationsError(changed);
  return pending;
}

async function withOwner<T>(ownerUrl: string, work: (dataSource: DataSource) => Promise<T>): Promise<T> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: ownerUrl,
    namingStrategy: new SnakeCaseNaming(),
    migrations: [migrationFiles()],
    installExtensions: false,
    logging: ['error'],
  });
  await dataSource.initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

async function withLock<T>(ownerUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await takeTurn(client);
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Asks again and again instead of waiting inside of PostgreSQL: a statement that waits keeps its snapshot, and
 * `create index concurrently` of whoever has the lock would wait for that snapshot, for ever.
 */
async function takeTurn(client: Client): Promise<void> {
  const ask = () => client.query('select pg_try_advisory_lock($1) as mine', [MIGRATION_LOCK]);
  while (!(await ask()).rows[0].mine) await delay(LOOK_EVERY_MS);
}

async function grantRows(client: Client, role: string): Promise<void> {
  const { rows } = await client.query('select current_user as owner');
  if (rows[0].owner === role) return;
  const name = client.escapeIdentifier(role);
  await client.query(`
    grant usage on schema public to ${name};
    grant select, insert, update, delete on all tables in schema public to ${name};
    grant usage, select on all sequences in schema public to ${name};
    revoke insert, update, delete on table migrations from ${name};
    grant usage on schema ${DEFAULT_SCHEMA} to ${name};
    grant select, insert, update, delete on all tables in schema ${DEFAULT_SCHEMA} to ${name};
    revoke insert, update, delete on table ${DEFAULT_SCHEMA}.migration from ${name};
    grant usage, select on all sequences in schema ${DEFAULT_SCHEMA} to ${name};
    grant execute on all functions in schema ${DEFAULT_SCHEMA} to ${name};`);
}

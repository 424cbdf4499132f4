import { createHash } from 'node:crypto';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';

/** More calls than a migration makes: one that waits for rows, of which a recorder has none, must not go on for ever. */
const MOST_CALLS = 1000;

export class ChangedMigrationsError extends Error {
  constructor(readonly migrations: readonly string[]) {
    const wayOut =
      process.env.NODE_ENV === 'production'
        ? ''
        : ' The embedded database of development may be emptied instead: npm run db:reset.';
    super(
      `Changed since they ran on this database: ${migrations.join(', ')}. Nothing was migrated. ` +
        `Take the change back, and make it a new migration.${wayOut}`,
    );
    this.name = 'ChangedMigrationsError';
  }
}

/** The migrations that have not run on a database, and those that are not what they were when they ran. */
interface Comparison {
  readonly pending: string[];
  readonly changed: string[];
}

/** Compares the migrations of this build with those that have run. One without a checksum ran before there were any. */
export async function compareMigrations(dataSource: DataSource): Promise<Comparison> {
  const ran = await checksumsOf(dataSource);
  const comparison: Comparison = { pending: [], changed: [] };
  for (const migration of dataSource.migrations) {
    const name = nameOf(migration);
    const known = ran.get(name);
    if (known === undefined) comparison.pending.push(name);
    else if (known !== null && known !== (await checksumOf(migration))) comparison.changed.push(name);
  }
  return comparison;
}

/** Notes the checksum of every migration that has run and has none. */
export async function recordChecksums(dataSource: DataSource): Promise<void> {
  const ran = await checksumsOf(dataSource);
  const bare = dataSource.migrations.filter((migration) => ran.get(nameOf(migration)) === null);
  if (bare.length > 0) await dataSource.query('alter table migrations add if not exists checksum text');
  for (const migration of bare) {
    const values = [nameOf(migration), await checksumOf(migration)];
    await dataSource.query('update migrations set checksum = $2 where name = $1', values);
  }
}

/** The name of each that has run, with its checksum; a database of before has neither the values nor the column. */
async function checksumsOf(dataSource: DataSource): Promise<Map<string, string | null>> {
  const [table] = await dataSource.query(`select to_regclass('migrations') is not null as exists`);
  if (!table.exists) return new Map();
  const rows: { name: string; checksum: string | null }[] = await dataSource.query(
    `select name, to_jsonb(migrations) ->> 'checksum' as checksum from migrations`,
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

const nameOf = (migration: MigrationInterface): string => migration.name ?? migration.constructor.name;

/**
 * Of what `up` asks a query runner to do, and not of a file: another compiler, comments and indentation change nothing.
 * The runner only writes down what it is asked and answers that there are no rows.
 */
async function checksumOf(migration: MigrationInterface): Promise<string> {
  const calls: string[] = [];
  try {
    await migration.up(recorder(calls));
  } catch {
    // A migration that needs rows goes as far as it comes without any, each time as far.
  }
  return createHash('sha256').update(calls.join('\n')).digest('hex');
}

function recorder(calls: string[]): QueryRunner {
  const write = (method: string, args: unknown[]) => {
    if (calls.length === MOST_CALLS) throw new Error('The migration waits for rows.');
    calls.push(`${method} ${JSON.stringify(args)}`.replaceAll(/(\s|\\n)+/g, ' '));
    return Promise.resolve([]);
  };
  return new Proxy({} as QueryRunner, {
    get: (_, method) =>
      typeof method === 'string' ? (...args: unknown[]) => write(method, args) : undefined,
  });
}

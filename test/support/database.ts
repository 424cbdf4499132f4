import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  /** As the application connects. */
  readonly url: string;
  /** As migrations connect. */
  readonly ownerUrl: string;
  drop(): Promise<void>;
}

async function asOwner(statement: string): Promise<void> {
  const address = new URL(process.env.TEST_DATABASE_OWNER_URL!);
  address.pathname = '/postgres';
  const client = new Client({ connectionString: address.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const named = (url: string, name: string): string =>
  Object.assign(new URL(url), { pathname: `/${name}` }).href;

/** A database of its own for a test file, cloned from a migrated one in some 50 ms: `keelson_demo` has demo data. */
export async function cloneDatabase(template = 'keelson'): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asOwner(`create database ${name} template ${template} strategy file_copy`);
  return {
    url: named(process.env.TEST_DATABASE_URL!, name),
    ownerUrl: named(process.env.TEST_DATABASE_OWNER_URL!, name),
    drop: () => drop(name),
  };
}

/** An autovacuum worker may be in it: the owner may not end that one, but PostgreSQL does when it is not forced. */
async function drop(name: string): Promise<void> {
  try {
    await asOwner(`drop database if exists ${name} with (force)`);
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    await asOwner(`drop database if exists ${name}`);
  }
}

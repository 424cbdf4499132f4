import { Client } from 'pg';
import { migrate, revertNewest } from '../../src/core/database/migrations';
import { schemaDrift } from '../../src/core/openapi/artefacts';
import { startApp } from '../support/app';
import { cloneDatabase } from '../support/database';

/** Everything that migrations make in the schema `public`, as text. */
const SCHEMA = `
  select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
    || coalesce(column_default, '') as line
    from information_schema.columns where table_schema = 'public'
  union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
  union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
  union all select 'policy ' || tablename || ' ' || policyname || ' ' || cmd || ' ' || coalesce(qual, '') || ' '
    || coalesce(with_check, '') from pg_policies where schemaname = 'public'
  union all select 'routine ' || proname || ' ' || prosrc from pg_proc where pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
  union all select 'trigger ' || tgrelid::regclass || ' ' || tgname from pg_trigger where not tgisinternal
  union all select 'security ' || relname || ' ' || relrowsecurity || ' ' || relforcerowsecurity
    from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
  union all select 'grant ' || table_name || ' ' || privilege_type from information_schema.role_table_grants
    where table_schema = 'public' and grantee = 'keelson_app'
  order by line`;

async function schemaOf(ownerUrl: string): Promise<string[]> {
  const client = new Client(ownerUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ line: string }>(SCHEMA);
    return rows.map(({ line }) => line).filter((line) => !/\bmigrations(_\w+)?\b/.test(line));
  } finally {
    await client.end();
  }
}

describe('The migrations', () => {
  it('go down to nothing and up again to the same schema', async () => {
    const database = await cloneDatabase();
    try {
      const before = await schemaOf(database.ownerUrl);
      const { rows } = await countMigrations(database.ownerUrl);
      for (let left = rows[0]!.count; left > 0; left -= 1) await revertNewest(database);
      expect(await schemaOf(database.ownerUrl)).toEqual([]);
      expect(await migrate(database)).toHaveLength(rows[0]!.count);
      expect(await schemaOf(database.ownerUrl)).toEqual(before);
    } finally {
      await database.drop();
    }
  });

  it('have nothing to do the second time, also when two run at once', async () => {
    const database = await cloneDatabase();
    try {
      expect(await Promise.all([migrate(database), migrate(database)])).toEqual([[], []]);
    } finally {
      await database.drop();
    }
  });

  it('make what the entities say', async () => {
    const test = await startApp();
    try {
      expect(await schemaDrift(test.app)).toEqual([]);
    } finally {
      await test.close();
    }
  });
});

async function countMigrations(ownerUrl: string) {
  const client = new Client(ownerUrl);
  await client.connect();
  try {
    return await client.query<{ count: number }>('select count(*)::int as count from migrations');
  } finally {
    await client.end();
  }
}

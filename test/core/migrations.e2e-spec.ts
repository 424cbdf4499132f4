import { DataSource, type QueryRunner } from 'typeorm';
import { migrate, migrationFiles, revertNewest } from '../../src/core/database/migrations';
import { schemaDrift } from '../../src/core/openapi/artefacts';
import { startApp } from '../support/app';
import { cloneDatabase } from '../support/database';

/** Everything that migrations make in the schema `public`, as text. */
const SCHEMA = `
  with made as (
    select c.oid, relname, relkind, relrowsecurity, relforcerowsecurity, reloptions, relacl from pg_class c
    where relnamespace = 'public'::regnamespace and relname !~ '^migrations(_|$)')
  select concat_ws(' ', 'relation', relname, relkind, relrowsecurity, relforcerowsecurity, reloptions::text,
    relacl::text, case when relkind in ('v', 'm') then pg_get_viewdef(oid) end) as line from made
  union all select concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod), attnotnull,
    attidentity, attgenerated, attacl::text, pg_get_expr(adbin, adrelid))
    from made join pg_attribute on attrelid = made.oid left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relkind in ('r', 'p', 'v', 'm') and attnum > 0 and not attisdropped
  union all select 'index ' || pg_get_indexdef(oid) from made where relkind = 'i'
  union all select concat_ws(' ', 'constraint', relname, conname, pg_get_constraintdef(pg_constraint.oid))
    from made join pg_constraint on conrelid = made.oid where contype <> 'n'
  union all select concat_ws(' ', 'policy', tablename, policyname, permissive, roles, cmd, qual, with_check)
    from pg_policies where schemaname = 'public'
  union all select concat_ws(' ', 'trigger', relname, tgenabled, pg_get_triggerdef(pg_trigger.oid))
    from made join pg_trigger on tgrelid = made.oid where not tgisinternal
  union all select concat_ws(' ', 'routine', pg_get_functiondef(oid), proacl::text) from pg_proc
    where pronamespace = 'public'::regnamespace and prokind <> 'a'
    and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
  union all select concat_ws(' ', 'type', typname, typtype, array(
      select enumlabel::text from pg_enum where enumtypid = pg_type.oid order by enumsortorder)::text)
    from pg_type where typnamespace = 'public'::regnamespace and typtype in ('e', 'd', 'r')
  union all select 'extension ' || extname from pg_extension where extname <> 'plpgsql'
  order by line`;

async function schemaOf(runner: QueryRunner): Promise<string[]> {
  const rows: { line: string }[] = await runner.query(SCHEMA);
  return rows.map(({ line }) => line);
}

describe('The migrations', () => {
  it('go down to nothing, each to what was there before it, and up again to the same schema', async () => {
    const database = await cloneDatabase();
    const owner = new DataSource({
      type: 'postgres',
      url: database.ownerUrl,
      migrations: [migrationFiles()],
      installExtensions: false,
    });
    try {
      await owner.initialize();
      const runner = owner.createQueryRunner();
      const schema = () => schemaOf(runner);
      const whole = await schema();
      for (const migration of owner.migrations.toReversed()) await migration.down(runner);
      expect(await schema()).toEqual([]);
      for (const migration of owner.migrations) {
        const before = await schema();
        await migration.up(runner);
        await migration.down(runner);
        const { name } = migration.constructor;
        expect([name, await schema()]).toEqual([name, before]);
        await migration.up(runner);
      }
      // What is left to do is what the application may do with the rows.
      expect(await migrate(database)).toEqual([]);
      expect(await schema()).toEqual(whole);
      await revertNewest(database);
      expect(await schema()).not.toEqual(whole);
      expect(await migrate(database)).toEqual([owner.migrations.at(-1)!.constructor.name]);
      expect(await schema()).toEqual(whole);
    } finally {
      await owner.destroy();
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

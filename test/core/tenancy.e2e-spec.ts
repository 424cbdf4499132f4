import { Client } from 'pg';
import { runInScope, type Scope } from '../../src/core/context';
import { Database } from '../../src/core/database/database';
import type { SeedOrganization } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';

const POLICY_VIOLATED = '42501';

describe('Tables with a tenant_id', () => {
  let test: TestApp;
  let database: Database;
  let tables: string[];
  let own: Scope;
  let foreign: Scope;

  beforeAll(async () => {
    // Two connections for everything: who gets one after another must not get what the other left.
    test = await startApp({ DATABASE_POOL_SIZE: '2' });
    const scopeOf = ({ id, users }: SeedOrganization): Scope => ({ tenantId: id, userId: users[0]!.id });
    [own, foreign] = test.plan.organizations.map(scopeOf) as [Scope, Scope];
    database = test.app.get(Database);
    await makeNotes();
    const rows = await database.rows<{ name: string }>(
      `select table_name as name from information_schema.columns
        where table_schema = 'public' and column_name = 'tenant_id' order by 1`,
    );
    tables = rows.map(({ name }) => name);
  });
  afterAll(() => test?.close());

  /** A table as migrations make them, with a row of each: modules that have some may be taken out. */
  async function makeNotes(): Promise<void> {
    const owner = new Client({ connectionString: test.database.ownerUrl });
    await owner.connect();
    await owner.query(`
      create table notes_of_a_test (tenant_id uuid not null, text text not null);
      call isolate_tenants('notes_of_a_test');`);
    await owner.end();
    for (const scope of [own, foreign])
      await runInScope(scope, () =>
        database.rows(`insert into notes_of_a_test values ($1, 'a note')`, [scope.tenantId]),
      );
  }

  /** Whose rows a scope sees when nothing in the statement says whose. */
  const tenantsIn = async (table: string, scope: Scope): Promise<string[]> => {
    const rows = await runInScope(scope, () =>
      database.rows<{ tenantId: string }>(`select distinct tenant_id as "tenantId" from ${table}`),
    );
    return rows.map(({ tenantId }) => tenantId);
  };
  const seededTables = async (): Promise<string[]> => {
    const seen = await Promise.all(
      tables.map(
        async (table) => [table, await tenantsIn(table, own), await tenantsIn(table, foreign)] as const,
      ),
    );
    return seen.filter(([, left, right]) => left.length && right.length).map(([table]) => table);
  };

  it('force row-level security on every role, their owner included', async () => {
    const open = await database.rows(
      `select relname from pg_class where relnamespace = 'public'::regnamespace
        and relname = any($1) and not (relrowsecurity and relforcerowsecurity)`,
      [tables],
    );
    expect(open).toEqual([]);
    expect(tables.length).toBeGreaterThan(0);
  });

  it('let no policy open them wider than to the tenant, or to a user’s own rows for reading', async () => {
    const policies = await database.rows<{ table: string; cmd: string; using: string; check: string | null }>(
      `select tablename as table, cmd, qual as using, with_check as check
         from pg_policies where schemaname = 'public' and tablename = any($1)`,
      [tables],
    );
    const tenant = '(tenant_id = ( SELECT current_tenant_id() AS current_tenant_id))';
    const user = '(user_id = ( SELECT current_user_id() AS current_user_id))';
    const wide = policies.filter(({ cmd, using, check }) =>
      cmd === 'SELECT' ? using !== user : using !== tenant || check !== tenant,
    );
    expect(wide).toEqual([]);
    expect([...new Set(policies.map(({ table }) => table))].toSorted()).toEqual(tables);
  });

  it('show a tenant its own rows only, although the statement has no condition', async () => {
    const seeded = await seededTables();
    expect(seeded.length).toBeGreaterThan(0);
    for (const table of seeded) {
      expect([table, await tenantsIn(table, { tenantId: own.tenantId })]).toEqual([table, [own.tenantId]]);
      expect([table, await tenantsIn(table, { tenantId: foreign.tenantId })]).toEqual([
        table,
        [foreign.tenantId],
      ]);
      expect([table, await tenantsIn(table, {})]).toEqual([table, []]);
    }
  });

  it('take no row for another tenant', async () => {
    const attempt = (table: string, scope: Scope, tenantId?: string) =>
      runInScope(scope, () => database.rows(`insert into ${table} (tenant_id) values ($1)`, [tenantId])).then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
    for (const table of tables) {
      expect([table, await attempt(table, own, foreign.tenantId)]).toEqual([table, POLICY_VIOLATED]);
      // The same row for the caller's own tenant fails too, but for what it lacks: the check above could pass.
      expect(await attempt(table, own, own.tenantId)).not.toBe(POLICY_VIOLATED);
    }
  });

  it('keep two tenants apart through 200 reads at once on two connections', async () => {
    const [table] = await seededTables();
    const reads = Array.from({ length: 200 }, async (_, index) => {
      const { tenantId } = index % 2 === 0 ? own : foreign;
      return { tenantId, seen: await tenantsIn(table!, { tenantId }) };
    });
    const strays = (await Promise.all(reads)).filter(({ tenantId, seen }) => seen.join() !== tenantId);
    expect(strays).toEqual([]);
  });
});

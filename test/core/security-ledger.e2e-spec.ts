import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { runInScope, type Scope } from '../../src/core/context';
import { Database } from '../../src/core/database/database';
import { Consumers } from '../../src/core/events/consumers';
import { Metrics } from '../../src/core/observability/metrics';
import { defineSecurityEvent, SecurityEvents } from '../../src/core/security-events/security-events';
import type { SeedOrganization } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';

const lampLit = defineSecurityEvent('test.lamp_lit', 'A lamp was lit.');
const NEVER_CHANGED = '42501';

/** Two types by turns, a line a minute; never so old that it would be forgotten. */
const MANY = `
  with line as (
    insert into security_events (type, user_id, organization_id, request_id, created_at)
    select (array['test.lamp_lit', 'test.sail_set'])[1 + n % 2], $1, $2, 'none', now() - make_interval(mins => n)
    from generate_series(1, $3) n returning *)
  insert into organization_security_events (id, tenant_id, type, created_at)
  select id, organization_id, type, created_at from line`;

describe('The ledger of security events', () => {
  let test: TestApp;
  let events: SecurityEvents;
  let database: Database;
  let own: SeedOrganization;
  let foreign: SeedOrganization;
  let person: Scope;
  let other: Scope;
  let mark = 0;

  beforeAll(async () => {
    test = await startApp({ SECURITY_EVENTS_DAYS: '30' });
    [own, foreign] = test.plan.organizations as [SeedOrganization, SeedOrganization];
    events = test.app.get(SecurityEvents);
    database = test.app.get(Database);
    person = { userId: own.users[0]!.id, tenantId: own.id };
    other = { userId: foreign.users[0]!.id, tenantId: foreign.id };
  });
  afterAll(() => test?.close());

  /** A lamp of its own for each test. */
  const lamp = () => ({ lamp: `lamp ${(mark += 1)}` });
  type Lamp = ReturnType<typeof lamp>;
  const LEDGERS = ['security_events', 'organization_security_events'] as const;
  const countIn = async (table: string, details: Lamp): Promise<number> => {
    const rows = await database.rows(`select id from ${table} where details = $1`, [JSON.stringify(details)]);
    return rows.length;
  };
  /** Work in a transaction of the person's. */
  const inTransaction = (work: () => Promise<unknown>) =>
    runInScope(person, () => database.transaction(async () => void (await work())));
  const note = (details: Lamp, concerned = person) => events.record(lampLit, { ...concerned, details });
  /** How many lines of a lamp a scope sees, in the ledger of people and in that of organizations. */
  const seenBy = (scope: Scope, details: Lamp) =>
    runInScope(scope, () => Promise.all(LEDGERS.map((table) => countIn(table, details))));
  const asOwner = async (text: string, values: unknown[] = []) => {
    const client = new Client(test.database.ownerUrl);
    await client.connect();
    try {
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  };

  it('keeps what happened in a transaction that committed', async () => {
    const details = lamp();
    await inTransaction(() => note(details));
    expect(await seenBy(person, details)).toEqual([1, 1]);
  });

  it('keeps nothing of a transaction that rolled back, whatever came after the line', async () => {
    const details = lamp();
    const endings = [
      () => Promise.reject(new Error('thrown')),
      () => database.rows('select 1 / 0'),
      async () => {
        await database.rows('select 1');
        throw new Error('thrown');
      },
    ];
    for (const ending of endings) {
      const work = database.transaction(async () => {
        await note(details);
        await ending();
      });
      await expect(work).rejects.toThrow();
    }
    expect(await seenBy({}, details)).toEqual([0, 0]);
  });

  it.each<[string, (lose: () => Promise<unknown>) => Promise<unknown>]>([
    [
      'keeps what an attempt inside of a transaction took back out of it',
      (lose) => lose().then(() => database.rows('select 1 / 0')),
    ],
    [
      'lets a transaction go on after an attempt that failed and recorded so: the line goes with the attempt',
      (lose) =>
        database.rows('select 1 / 0').catch(async (error: unknown) => {
          await lose();
          throw error;
        }),
    ],
  ])('%s', async (_what, attempted) => {
    const [kept, lost] = [lamp(), lamp()];
    await inTransaction(async () => {
      const attempt = database.attempt(() => attempted(() => note(lost, other)));
      await expect(attempt).rejects.toThrow('division by zero');
      await note(kept);
    });
    expect(await seenBy({}, lost)).toEqual([0, 0]);
    expect(await seenBy(person, kept)).toEqual([1, 1]);
  });

  it('keeps what happened where nobody is signed in, as a failed sign-in', async () => {
    const details = lamp();
    await events.record(lampLit, { userId: person.userId, details });
    expect(await seenBy({ userId: person.userId! }, details)).toEqual([1, 0]);
  });

  it('keeps what concerns nobody in particular, and what concerns an organization alone', async () => {
    const [nobody, organization] = [lamp(), lamp()];
    await events.record(lampLit, { details: nobody });
    await runInScope(other, () => events.record(lampLit, { tenantId: own.id, details: organization }));
    expect(await seenBy({}, nobody)).toEqual([1, 0]);
    expect(await seenBy(person, organization)).toEqual([0, 1]);
  });

  it('takes a line about another person and another organization, and goes on in the scope of the caller', async () => {
    const details = lamp();
    await inTransaction(async () => {
      await note(details, other);
      const scope = 'select current_tenant_id() as "tenantId", current_user_id() as "userId"';
      expect(await database.rows(scope)).toEqual([person]);
    });
    expect(await seenBy(person, details)).toEqual([0, 0]);
    expect(await seenBy(other, details)).toEqual([1, 1]);
  });

  it('shows a person’s line to that person alone, and an organization’s to that organization alone', async () => {
    const details = lamp();
    await note(details);
    expect(await seenBy({ userId: person.userId! }, details)).toEqual([1, 0]);
    expect(await seenBy({ tenantId: person.tenantId! }, details)).toEqual([0, 1]);
    expect(await seenBy(other, details)).toEqual([0, 0]);
    const colleague = { userId: own.users[1]!.id, tenantId: own.id };
    expect(await seenBy(colleague, details)).toEqual([0, 1]);
  });

  it('holds no address and no device in the part that administrators see', async () => {
    const { rows } = await asOwner(`select column_name as name from information_schema.columns
      where table_name = 'organization_security_events' order by ordinal_position`);
    const columns = ['id', 'tenant_id', 'type', 'user_id', 'actor_kind', 'actor_id', 'details', 'created_at'];
    expect(rows.map(({ name }) => name)).toEqual(columns);
  });

  it.each(LEDGERS)('lets nobody change a line of %s, not even the owner of the table', async (table) => {
    await note(lamp());
    const change = `update ${table} set type = 'test.nothing'`;
    for (const scope of [{}, person, { tenantId: own.id }]) {
      const changing = runInScope(scope, () => database.rows(change));
      await expect(changing).rejects.toMatchObject({ code: NEVER_CHANGED });
    }
    await expect(asOwner(change)).rejects.toMatchObject({ code: NEVER_CHANGED });
    await expect(asOwner(`truncate ${table} cascade`)).rejects.toMatchObject({ code: NEVER_CHANGED });
  });

  it('lets nobody delete a line of a person, and without a scope none of today', async () => {
    const details = lamp();
    await note(details);
    for (const scope of [person, other, {}, { tenantId: own.id }, { userId: person.userId! }]) {
      await runInScope(scope, () => database.rows('delete from security_events'));
    }
    expect(await seenBy(person, details)).toEqual([1, 1]);
  });

  it('lets nobody write a line in the name of another scope', async () => {
    const line = 'insert into security_events (type, user_id, request_id) values ($1, $2, $3)';
    const write = (scope: Scope) =>
      runInScope(scope, () => database.rows(line, ['test.lamp_lit', person.userId, 'none']));
    await expect(write(other)).rejects.toThrow('row-level security');
    await expect(write({})).rejects.toThrow('row-level security');
    await write({ userId: person.userId! });
  });

  it('forgets what is older than SECURITY_EVENTS_DAYS, with the copy of the organization, and nothing younger', async () => {
    const [old, young] = [lamp(), lamp()];
    const insert = `
      with line as (insert into security_events (type, user_id, organization_id, details, request_id, created_at)
        select 'test.lamp_lit', $1, $2, $3, 'none', now() - make_interval(days => $4) returning *)
      insert into organization_security_events (id, tenant_id, type, details, created_at)
      select id, organization_id, type, details, created_at from line`;
    const write = (details: Lamp, days: number) => {
      const values = [person.userId, person.tenantId, JSON.stringify(details), days];
      return runInScope(person, () => database.rows(insert, values));
    };
    await write(old, 31);
    await write(young, 29);
    const consumers = test.app.get(Consumers).list();
    const retention = consumers.find(({ name }) => name === 'core.security_events_retention');
    await database.transaction(() => retention!.handle({ id: 'a run', payload: {} } as never, 1));
    expect(await seenBy(person, old)).toEqual([0, 0]);
    expect(await seenBy(person, young)).toEqual([1, 1]);
  });

  it('counts what was kept, by type, for those who watch over the service', async () => {
    const count = async () => {
      const metric = test.app.get(Metrics).registry.getSingleMetric('security_events_total')!;
      const { values } = await metric.get();
      return values.find(({ labels }) => labels.type === lampLit.name)?.value ?? 0;
    };
    const before = await count();
    await note(lamp());
    const lost = database.transaction(() => note(lamp()).then(() => database.rows('select 1 / 0')));
    await expect(lost).rejects.toThrow('division by zero');
    expect(await count()).toBe(before + 1);
  });

  it('is read through its indexes: by person or organization, with and without a type', async () => {
    const fill = ({ userId, tenantId }: Scope, lines: number) =>
      runInScope({ userId, tenantId }, () => database.rows(MANY, [userId, tenantId, lines]));
    await fill(person, 5000);
    for (let stranger = 0; stranger < 30; stranger += 1) {
      await fill({ userId: randomUUID(), tenantId: randomUUID() }, 300);
    }
    await asOwner('analyze security_events, organization_security_events');
    const plans = [
      ['security_events', 'user_id', person.userId],
      ['organization_security_events', 'tenant_id', person.tenantId],
    ] as const;
    for (const [table, column, value] of plans) {
      for (const type of ['', 'type_']) {
        const condition = type && `and type = 'test.lamp_lit'`;
        const explain = `explain select * from ${table} where ${column} = '${value}' ${condition}
          order by created_at desc, id desc limit 21`;
        const plan = JSON.stringify(await runInScope(person, () => database.rows(explain)));
        expect(plan).toContain(`Index Scan Backward using ${table}_${column}_${type}created_at_id_idx`);
        expect(plan).not.toContain('Sort');
      }
    }
  });

  it('refuses to have two types of one name', () => {
    expect(() => defineSecurityEvent('test.lamp_lit', 'Another.')).toThrow('declared twice');
  });
});

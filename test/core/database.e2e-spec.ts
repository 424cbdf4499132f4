import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { currentContext, runInContext, runInScope, type Scope } from '../../src/core/context';
import { Database } from '../../src/core/database/database';
import { startApp, type TestApp } from '../support/app';

const TENANT = `select coalesce(current_tenant_id()::text, 'nobody') as tenant`;

describe('the database', () => {
  let test: TestApp;
  let database: Database;
  const as = <T>(scope: Scope, work: () => Promise<T>) => runInScope(scope, work);
  const tenantOf = async (text = TENANT, values: unknown[] = []) => {
    const [row] = await database.rows<{ tenant: string }>(text, values);
    return row!.tenant;
  };
  const tenant = () => ({ tenantId: randomUUID() });

  beforeAll(async () => {
    test = await startApp({ DATABASE_POOL_SIZE: '2' });
    database = test.app.get(Database);
    await test.app.get(DataSource).query('select 1');
  });
  afterAll(() => test?.close());

  describe('under a scope', () => {
    it('binds statements with and without parameters, and nothing outside of a scope', async () => {
      const scope = tenant();
      expect(await as(scope, () => tenantOf())).toBe(scope.tenantId);
      expect(await as(scope, () => tenantOf(`${TENANT} where $1::int = 1`, [1]))).toBe(scope.tenantId);
      expect(await tenantOf()).toBe('nobody');
    });

    it('never answers one of 400 parallel statements under the scope of another, on two connections', async () => {
      const scopes = Array.from({ length: 400 }, tenant);
      const seen = await Promise.all(
        scopes.map((scope, index) =>
          as(scope, () =>
            index % 3 === 0
              ? database.transaction(() => tenantOf())
              : tenantOf(`${TENANT} where $1::int >= 0`, [index]),
          ),
        ),
      );
      expect(seen).toEqual(scopes.map(({ tenantId }) => tenantId));
    });

    it('leaves nothing on the connection for the next caller', async () => {
      for (let turn = 0; turn < 6; turn += 1) {
        await as(tenant(), () => database.transaction(() => tenantOf()));
        await as(tenant(), () => tenantOf());
        expect(await tenantOf()).toBe('nobody');
      }
    });

    it('refuses a statement of another scope inside a transaction', async () => {
      const mixed = as(tenant(), () =>
        database.transaction(async () => {
          await tenantOf();
          return as(tenant(), () => tenantOf());
        }),
      );
      await expect(mixed).rejects.toThrow('The scope changed inside a transaction');
    });

    it('refuses two statements in one text', async () => {
      await expect(as(tenant(), () => tenantOf(`${TENANT}; ${TENANT}`))).rejects.toThrow(
        'cannot insert multiple commands',
      );
    });

    it('steps into another scope and back, also when the step fails', async () => {
      const [outer, inner] = [tenant(), tenant()];
      const seen = await as(outer, () =>
        database.transaction(async () => {
          const inside = await database.within(inner, () => tenantOf());
          await database.within(inner, () => Promise.reject(new Error('no'))).catch(() => undefined);
          return [inside, await tenantOf()];
        }),
      );
      expect(seen).toEqual([inner.tenantId, outer.tenantId]);
    });
  });

  describe('after a statement that failed', () => {
    it('does not take a statement for prepared whose Parse was refused', async () => {
      const scope = tenant();
      const broken = 'select nothing from nowhere where $1::int = 1';
      for (let turn = 0; turn < 4; turn += 1) {
        await expect(as(scope, () => tenantOf(broken, [1]))).rejects.toThrow(
          'relation "nowhere" does not exist',
        );
        expect(await as(scope, () => tenantOf())).toBe(scope.tenantId);
      }
    });

    it('does not take a statement for prepared that never ran, because what went before it failed', async () => {
      const late = `${TENANT} where $1::text = 'late'`;
      for (let turn = 0; turn < 4; turn += 1) {
        const failed = database.transaction(async () => {
          await database.later('insert into inbox (consumer, message_id) values ($1, $2)', ['test', null]);
          return tenantOf(late, ['late']);
        });
        await expect(failed).rejects.toThrow('null value in column');
        expect(await tenantOf(late, ['late'])).toBe('nobody');
      }
    });

    it('serves the next caller after a statement ran into its time limit', async () => {
      const scope = tenant();
      const slow = () =>
        database.transaction(async () => {
          await database.rows(`set local statement_timeout = 20`);
          return database.rows('select pg_sleep($1)', [5]);
        });
      for (let turn = 0; turn < 3; turn += 1) {
        await expect(as(scope, slow)).rejects.toThrow('canceling statement');
        expect(await as(scope, () => tenantOf())).toBe(scope.tenantId);
      }
    });

    it('serves the next caller after the first statement of a transaction failed, although its clean-up takes time', async () => {
      // PostgreSQL sends the failure at once, and the state of the connection only after it has removed the file.
      const failing = `create temp table waste as
        select repeat(md5(n::text), 60) as text, 1 / (30000 - n) as rest from generate_series(1, 30000) n`;
      for (let turn = 0; turn < 4; turn += 1) {
        const failed = as(tenant(), () => database.transaction(() => database.manager.query(failing)));
        await expect(failed).rejects.toThrow('division by zero');
        const scope = tenant();
        const answers = await as(scope, () => Promise.all([tenantOf(), tenantOf()]));
        expect(answers).toEqual([scope.tenantId, scope.tenantId]);
      }
    });

    it('refuses a value that cannot be sent, and serves the next caller', async () => {
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      await expect(
        as(tenant(), () => tenantOf(`${TENANT} where $1::text is null`, [circular])),
      ).rejects.toThrow('circular');
      expect(await tenantOf()).toBe('nobody');
    });
  });

  describe('in a transaction', () => {
    const add = (key: string) =>
      database.later('insert into inbox (consumer, message_id) values ($1, $2)', ['test', key]);
    const has = async (key: string) =>
      (await database.rows('select 1 from inbox where consumer = $1 and message_id = $2', ['test', key]))
        .length;

    it('keeps what was sent later, also when nothing else was written', async () => {
      const key = randomUUID();
      await as(tenant(), () => database.transaction(() => add(key)));
      expect(await has(key)).toBe(1);
    });

    it('takes back what was sent later together with the rest', async () => {
      const key = randomUUID();
      const undone = database.transaction(async () => {
        await add(key);
        await tenantOf();
        await add(`${key}-2`);
        throw new Error('undo');
      });
      await expect(undone).rejects.toThrow('undo');
      expect(await has(key)).toBe(0);
    });

    it('fails to commit when what was sent later fails, and keeps nothing', async () => {
      const key = randomUUID();
      const twice = database.transaction(async () => {
        await add(key);
        await add(key);
      });
      await expect(twice).rejects.toThrow('duplicate key');
      expect(await has(key)).toBe(0);
      expect(await tenantOf()).toBe('nobody');
    });

    it('takes back only the failed attempt, and its actions after commit', async () => {
      const [kept, lost] = [randomUUID(), randomUUID()];
      const done: string[] = [];
      await database.transaction(async () => {
        await database.attempt(async () => {
          await add(kept);
          database.afterCommit(() => done.push('kept'));
        });
        const failed = database.attempt(async () => {
          await add(lost);
          database.afterCommit(() => done.push('lost'));
          throw new Error('no');
        });
        await expect(failed).rejects.toThrow('no');
      });
      expect([await has(kept), await has(lost), done]).toEqual([1, 0, ['kept']]);
    });

    it('runs under the isolation level that was asked for, also under a scope', async () => {
      const level = as(tenant(), () =>
        database.transaction(
          () => database.rows<{ level: string }>(`select current_setting('transaction_isolation') as level`),
          'SERIALIZABLE',
        ),
      );
      expect(await level).toEqual([{ level: 'serializable' }]);
    });

    it('reaches the server only when there is something in it', async () => {
      const context = { requestId: 'test', route: 'test', scope: tenant(), count: { statements: 0 } };
      const started = await runInContext(context, () =>
        database.transaction(async () => currentContext()!.transaction !== undefined),
      );
      expect(started).toBe(true);
      expect(await tenantOf()).toBe('nobody');
    });
  });

  it('shows times as RFC 3339 with milliseconds', async () => {
    const rows = await database.rows(
      `select '2026-11-23 09:30:00.12+00'::timestamptz(3) as a, '2026-11-23 09:30:00+00'::timestamptz(3) as b`,
    );
    expect(rows).toEqual([{ a: '2026-11-23T09:30:00.120Z', b: '2026-11-23T09:30:00.000Z' }]);
  });
});

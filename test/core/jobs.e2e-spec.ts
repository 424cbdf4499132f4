import { randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { Client } from 'pg';
import { z } from 'zod';
import { AppModule } from '../../src/app.module';
import { currentContext, runInScope } from '../../src/core/context';
import { Database } from '../../src/core/database/database';
import { Consumers } from '../../src/core/events/consumers';
import { createServer } from '../../src/core/http/server';
import { defineJob, type JobType, PermanentFailure } from '../../src/core/jobs/job';
import { Jobs } from '../../src/core/jobs/jobs';
import { Queues } from '../../src/core/jobs/queues';
import { WorkerRuntime } from '../../src/core/jobs/worker-runtime';
import { startApp, type TestApp } from '../support/app';
import { type Effects, effectsTable } from '../support/effects';
import { eventually } from '../support/eventually';
import { findRedis, startRedis, type RedisServer } from '../support/redis';

const schema = z.object({ id: z.string() });
const writes = defineJob({ name: 'test.writes', schema });
const stumbles = defineJob({ name: 'test.stumbles', schema, attempts: 5, backoffMs: 200 });
const hopeless = defineJob({ name: 'test.hopeless', schema });
const lengthy = defineJob({ name: 'test.lengthy', schema, concurrency: 1 });
const slow = defineJob({ name: 'test.slow', schema, concurrency: 40 });
const TICK_MS = 200;

const narrow = { DATABASE_POOL_SIZE: '5', DATABASE_CONNECT_TIMEOUT_MS: '20000' };
const redisUrl = process.env.REDIS_URL_TEST;
const hasRedis = redisUrl !== undefined || findRedis() !== undefined;

describe('Jobs on PostgreSQL', () => suite('PostgreSQL', async () => ({ url: '', stop: async () => {} })));

if (hasRedis) {
  describe('Jobs on Redis', () =>
    suite('Redis', async () => (redisUrl ? { url: redisUrl, stop: async () => {} } : startRedis())));
} else {
  describe.skip('Jobs on Redis (skipped: no redis-server on the PATH, and REDIS_URL_TEST is not set)', () => {
    it('needs a Redis', () => {});
  });
}

describe('A worker that is told to stop', () => {
  it('finishes what it is doing, and takes nothing new', async () => {
    const { app, database } = await startApp({ REDIS_URL: '' });
    const effects = await effectsTable({ app, database });
    const jobs = app.get(Jobs);
    let begun = 0;
    let stopping!: Promise<void>;
    const stop = new Promise<void>((resolve) => {
      jobs.handle(lengthy, async ({ id }) => {
        begun += 1;
        stopping = app.close();
        resolve();
        await app.get(Database).manager.query('select pg_sleep(0.3)');
        await effects.add(id, 'finished');
      });
    });
    await app.get(WorkerRuntime).start();
    for (const id of ['one', 'another']) await jobs.enqueue(lengthy, { id });
    await stop.then(() => stopping);
    const observer = new Client(database.ownerUrl);
    await observer.connect();
    const { rows } = await observer.query('select by from effects');
    await observer.end();
    expect(begun).toBe(1);
    expect(rows).toEqual([{ by: 'finished' }]);
    await database.drop();
  });
});

function suite(driver: string, startServer: () => Promise<Pick<RedisServer, 'url' | 'stop'>>): void {
  let it_: TestApp;
  let other: INestApplicationContext;
  let redis: Pick<RedisServer, 'url' | 'stop'>;
  let jobs: Jobs;
  let database: Database;
  let effects: Effects;
  const attempts: Array<{ id: string; attempt: number; at: number }> = [];
  const outcomes = new Map<string, unknown>();

  beforeAll(async () => {
    redis = await startServer();
    const prefix = `{test-${randomUUID()}}`;
    it_ = await startApp({ ...narrow, REDIS_URL: redis.url, JOBS_REDIS_PREFIX: prefix });
    other = await createServer(AppModule);
    jobs = it_.app.get(Jobs);
    database = it_.app.get(Database);
    effects = await effectsTable(it_);
    for (const app of [it_.app, other]) register(app);
    await Promise.all([it_.app, other].map((app) => app.get(WorkerRuntime).start()));
  });
  afterAll(async () => {
    await other?.close();
    await it_?.close();
    await redis?.stop();
  });

  function register(app: INestApplicationContext): void {
    const own = app.get(Jobs);
    const sql = app.get(Database);
    const add = (id: string, by: string) =>
      sql.manager.query('insert into effects values ($1, $2)', [id, by]);
    own.handle(writes, async ({ id }) => {
      await add(id, 'writes');
      outcomes.set(id, { scope: currentContext()!.scope, route: currentContext()!.route });
    });
    own.handle(stumbles, async ({ id }, run) => {
      await add(id, 'stumbles');
      attempts.push({ ...run, at: performance.now() });
      if (run.attempt < 4) throw new Error('not yet');
    });
    own.handle(hopeless, async ({ id }, { attempt }) => {
      attempts.push({ id, attempt, at: performance.now() });
      throw new PermanentFailure('never');
    });
    own.handle(slow, async ({ id }, { attempt }) => {
      await sql.manager.query('select pg_sleep(0.35)');
      await add(id, `attempt ${attempt}`);
    });
    own.every('test.tick', TICK_MS, async () => {
      await add('tick', 'clock');
    });
  }
  const enqueue = async (job: JobType<{ id: string }>, options?: { delayMs?: number }) => {
    const id = randomUUID();
    await jobs.enqueue(job, { id }, options);
    return id;
  };
  const deliver = (name: string) =>
    it_.app
      .get(Consumers)
      .deliver(
        name,
        { id: randomUUID(), subject: '', payload: null, headers: { requestId: 'test' }, createdAt: '' },
        1,
      );

  it('are on the driver that the configuration names', () => {
    expect(it_.app.get(Queues).driver).toBe(driver);
  });

  it('run once the transaction has committed, in the scope of who enqueued them', async () => {
    const id = randomUUID();
    const scope = { tenantId: randomUUID(), userId: randomUUID() };
    await runInScope(scope, () => database.transaction(() => jobs.enqueue(writes, { id })));
    await eventually(async () => expect(await effects.of(id)).toEqual(['writes']));
    expect(outcomes.get(id)).toEqual({ scope, route: 'test.writes' });
  });

  it('do not run when the transaction rolled back', async () => {
    const lost = randomUUID();
    const failing = database.transaction(async () => {
      await jobs.enqueue(writes, { id: lost });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const kept = await enqueue(writes);
    await eventually(async () => expect(await effects.of(kept)).toEqual(['writes']));
    expect(await effects.of(lost)).toEqual([]);
  });

  it('are refused with a payload that does not fit', async () => {
    await expect(jobs.enqueue(writes, {} as never)).rejects.toThrow(
      'The payload of job:test.writes does not fit its schema: id:',
    );
  });

  it('are tried again with growing pauses under the same id, and only the attempt that succeeds leaves rows', async () => {
    const id = await enqueue(stumbles);
    await eventually(async () => expect(await effects.of(id)).toEqual(['stumbles']));
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(new Set(attempts.map((one) => one.id)).size).toBe(1);
    const pauses = attempts.slice(1).map(({ at }, index) => at - attempts[index]!.at);
    // The pauses are 200, 400 and 800 ms, of each of which up to half is left to chance.
    expect(pauses[0]).toBeGreaterThan(99);
    expect(pauses[2]).toBeGreaterThan(399);
  });

  it('are not tried again after a permanent failure, and are kept among the failed', async () => {
    const id = await enqueue(hopeless);
    const failed = await eventually(async () => {
      const [job] = await it_.app.get(Queues).open('jobs').getFailed();
      expect(job?.data.message.payload).toEqual({ id });
      return job!;
    });
    expect(failed.failedReason).toBe('never');
    expect(attempts.filter((one) => one.id === id)).toHaveLength(1);
  });

  it('wait for as long as they were told to', async () => {
    const enqueued = performance.now();
    const id = await enqueue(writes, { delayMs: 700 });
    await eventually(async () => expect(await effects.of(id)).toEqual(['writes']));
    expect(performance.now() - enqueued).toBeGreaterThan(699);
  });

  it('do not starve each other of connections when more could run than there are', async () => {
    const ids = Array.from({ length: 80 }, (_, at) => `slow ${at}`);
    await database.transaction(async () => {
      for (const id of ids) await jobs.enqueue(slow, { id });
    });
    const done = () =>
      database.rows<{ by: string; count: number }>(
        `select by, count(*)::int as count from effects where id like 'slow %' group by by`,
      );
    const total = async () => (await done()).reduce((sum, { count }) => sum + count, 0);
    await eventually(async () => expect(await total()).toBe(80));
    expect(await done()).toEqual([{ by: 'attempt 1', count: 80 }]);
  });

  it('run by the clock once for each time, with two workers', async () => {
    const ran = async () => (await effects.of('tick')).length;
    await eventually(async () => expect(await ran()).toBeGreaterThan(5));
    const [counted] = await database.rows<{ runs: number; first: number; last: number }>(
      `select (select count(*)::int from effects where id = 'tick') as runs,
         min(split_part(message_id, ':', 3)::float8) as first, max(split_part(message_id, ':', 3)::float8) as last
       from inbox where consumer = 'test.tick'`,
    );
    const times = (counted!.last - counted!.first) / TICK_MS + 1;
    expect(counted!.runs).toBeLessThanOrEqual(times);
  });

  it('are forgotten in the inbox after a week', async () => {
    await database.manager.query(
      `insert into inbox (consumer, message_id, handled_at)
       select 'test.old', n::text, now() - make_interval(days => n) from generate_series(5, 10) as n`,
    );
    await deliver('core.retention');
    const left = await database.rows<{ id: string }>(
      `select message_id as id from inbox where consumer = 'test.old' order by handled_at`,
    );
    expect(left.map(({ id }) => id)).toEqual(['6', '5']);
  });
}

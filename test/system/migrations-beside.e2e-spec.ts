import { Client } from 'pg';
import { migrate, MIGRATION_LOCK, revertNewest } from '../../src/core/database/migrations';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

/** What a later release would do first: expand, so that the version that runs does not notice. */
const LATER_RELEASE = `
  insert into migrations (timestamp, name) values (9990000000000, 'UsersLater9990000000000');
  alter table users add column later text not null default 'unset';
  create index users_later on users (later);`;
const UNDONE = `
  delete from migrations where timestamp = 9990000000000;
  alter table users drop column later;`;

describe('Migrations beside a running version', () => {
  let test: TestApp;
  let owner: Client;
  let signedIn: { authorization: string };
  beforeAll(async () => {
    test = await startApp();
    const [organization] = test.plan.organizations;
    signedIn = await test.signIn(organization!, 'owner');
    owner = new Client(test.database.ownerUrl);
    await owner.connect();
  });
  afterAll(async () => {
    await owner?.end();
    await test?.close();
  });

  const ready = async (url: string) => (await fetch(`${url}/health/ready`)).status;

  /** Reads and writes until `work` is done; answers every status that came. */
  async function meanwhile(work: () => Promise<unknown>): Promise<{ statuses: number[] }> {
    const seen = new Set<number>();
    let requests = 0;
    const load = { done: false };
    const caller = async () => {
      while (!load.done) {
        const name = `Caller ${requests}`;
        const read = await test.http.get('/v1/me').set(signedIn);
        const write = await test.http.patch('/v1/me').set(signedIn).send({ name });
        for (const { status } of [read, write]) seen.add(status);
        requests += 2;
      }
    };
    const calling = Promise.all(Array.from({ length: 4 }, caller));
    await eventually(() => expect(requests).toBeGreaterThan(8));
    await work().finally(() => (load.done = true));
    await calling;
    return { statuses: [...seen] };
  }

  it('run twice and at once without a request failing', async () => {
    const { statuses } = await meanwhile(async () => {
      const first = await Promise.all([migrate(test.database), migrate(test.database)]);
      expect(first).toEqual([[], []]);
      expect(await migrate(test.database)).toEqual([]);
    });
    expect(statuses).toEqual([200]);
  });

  it('wait for their turn without holding up an index that the others build beside the requests', async () => {
    const other = new Client(test.database.ownerUrl);
    await other.connect();
    const waiting = `select from pg_stat_activity where query like '%advisory_lock($1)%'
      and datname = current_database() and pid not in (pg_backend_pid(), $1)`;
    const { rows } = await other.query('select pg_backend_pid() as pid');
    await owner.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const second = migrate(test.database);
    try {
      await eventually(async () => expect((await owner.query(waiting, [rows[0].pid])).rowCount).toBe(1));
      await other.query(`set statement_timeout = '60s'`);
      await other.query('create index concurrently users_beside on users (name)');
      await other.query('drop index users_beside');
    } finally {
      await owner.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await other.end();
    }
    expect(await second).toEqual([]);
  });

  it('leave a version ready and working that knows nothing of a newer schema', async () => {
    const { statuses } = await meanwhile(() => owner.query(LATER_RELEASE));
    const other = await test.another();
    await other.listen(0, '127.0.0.1');
    try {
      expect(await migrate(test.database)).toEqual([]);
      expect(statuses).toEqual([200]);
      expect([await ready(test.url), await ready(await other.getUrl())]).toEqual([200, 200]);
    } finally {
      await other.close();
      await owner.query(UNDONE);
    }
  });

  it('keep a version that is ahead of the schema out of service until they have run, and lose nothing', async () => {
    const people = async () => (await owner.query('select id, email from users order by id')).rows;
    const before = await people();
    await revertNewest(test.database);
    const ahead = await test.another();
    await ahead.listen(0, '127.0.0.1');
    try {
      const url = await ahead.getUrl();
      expect(await ready(url)).toBe(503);
      const { statuses } = await meanwhile(async () => {
        const runs = await Promise.all([migrate(test.database), migrate(test.database)]);
        expect(runs.map(({ length }) => length).toSorted()).toEqual([0, 1]);
      });
      expect(statuses).toEqual([200]);
      await eventually(async () => expect(await ready(url)).toBe(200));
    } finally {
      await ahead.close();
    }
    expect(await people()).toEqual(before);
  });
});

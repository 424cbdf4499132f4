import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { TestDatabase } from './database';
import { eventually } from './eventually';

const WAITING = `
  select count(distinct pid)::int as count from pg_locks join pg_stat_activity using (pid)
  where datname = current_database() and not granted`;

/** Runs `work` beside an open transaction of the owner of the tables; what that has locked is free afterwards. */
export async function holding<T>(
  { ownerUrl }: Pick<TestDatabase, 'ownerUrl'>,
  work: (holder: Holder) => Promise<T>,
): Promise<T> {
  const [client, observer] = [new Client(ownerUrl), new Client(ownerUrl)];
  await Promise.all([client.connect(), observer.connect()]);
  try {
    await client.query('begin');
    return await work(new Holder(client, observer));
  } finally {
    await Promise.all([client.end(), observer.end()]);
  }
}

/** That transaction: it stops others at a place of the test's choice, and tells when they have come there. */
export class Holder {
  constructor(
    private readonly client: Client,
    /** A connection of its own: within a transaction PostgreSQL shows the same activity again and again. */
    private readonly observer: Client,
  ) {}

  async sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.client.query(text, values)).rows;
  }

  /** Commits, which lets the others go on. */
  async release(): Promise<void> {
    await this.client.query('commit');
  }

  /** Resolves once `count` connections wait for a lock. */
  async waiting(count: number): Promise<void> {
    await eventually(async () => expect(await this.count()).toBeGreaterThanOrEqual(count));
  }

  /** The answer of `work`, or `waits` when `count` connections wait for a lock before there is one. */
  async answerOf<T>(work: Promise<T>, count: number): Promise<T | 'waits'> {
    const asked = { settled: false };
    const settle = () => (asked.settled = true);
    work.then(settle, settle);
    while (!asked.settled) {
      if ((await this.count()) >= count) return 'waits';
      await delay(20);
    }
    return work;
  }

  private async count(): Promise<number> {
    return (await this.observer.query<{ count: number }>(WAITING)).rows[0]!.count;
  }
}

import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { z } from 'zod';
import { currentContext, runInContext, runInScope } from '../../src/core/context';
import { Database } from '../../src/core/database/database';
import { Notifications } from '../../src/core/database/notifications';
import { Consumers } from '../../src/core/events/consumers';
import { defineEvent, type EventEnvelope } from '../../src/core/events/event';
import { Events } from '../../src/core/events/events';
import { Outbox } from '../../src/core/events/outbox';
import { Queues } from '../../src/core/jobs/queues';
import { Relay } from '../../src/core/jobs/relay';
import { WorkerRuntime } from '../../src/core/jobs/worker-runtime';
import { startApp, type TestApp } from '../support/app';
import { type Effects, effectsTable } from '../support/effects';
import { eventually } from '../support/eventually';
import { holding } from '../support/locks';

const noted = defineEvent({ name: 'test.noted', version: 1, schema: z.object({ note: z.string() }) });
const unheard = defineEvent({ name: 'test.unheard', version: 1, schema: z.object({}) });
const flaky = defineEvent({ name: 'test.flaky', version: 1, schema: z.object({ note: z.string() }) });
const counted = defineEvent({ name: 'test.counted', version: 1, schema: z.object({ id: z.uuid() }) });

describe('Events', () => {
  let it_: TestApp;
  let database: Database;
  let events: Events;
  let effects: Effects;
  const heard: Array<{ note: string; envelope: EventEnvelope; context: unknown; shownTenant: string }> = [];
  const attempts: string[] = [];

  beforeAll(async () => {
    it_ = await startApp();
    database = it_.app.get(Database);
    events = it_.app.get(Events);
    effects = await effectsTable(it_);
    events.on(noted, 'first', async ({ note }, envelope) => {
      const [row] = await database.rows<{ tenant: string }>('select current_tenant_id() as tenant');
      const { scope, route, requestId, traceparent } = currentContext()!;
      heard.push({
        note,
        envelope,
        context: { scope, route, requestId, traceparent },
        shownTenant: row!.tenant,
      });
    });
    events.on(noted, 'second', () => Promise.resolve());
    events.on(flaky, 'stumbles', async ({ note }) => {
      await effects.add('flaky', note);
      attempts.push(note);
      if (attempts.length < 3) throw new Error('not yet');
    });
    events.on(counted, 'one', ({ id }) => effects.add(id, 'one'));
    events.on(counted, 'two', ({ id }) => effects.add(id, 'two'));
    await it_.app.get(WorkerRuntime).start();
  });
  afterAll(() => it_?.close());

  const outboxIsEmpty = () =>
    eventually(async () => expect(await database.rows('select subject from outbox')).toEqual([]));

  it('delivers an event to each listener once the transaction has committed', async () => {
    const id = randomUUID();
    await database.transaction(async () => {
      await events.publish(counted, { id });
      expect(await effects.of(id)).toEqual([]);
    });
    await eventually(async () => expect(await effects.of(id)).toEqual(['one', 'two']));
    await outboxIsEmpty();
  });

  it('delivers nothing of a transaction that rolled back', async () => {
    const [lost, kept] = [randomUUID(), randomUUID()];
    const failing = database.transaction(async () => {
      await events.publish(counted, { id: lost });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await events.publish(counted, { id: kept });
    await eventually(async () => expect(await effects.of(kept)).toHaveLength(2));
    await outboxIsEmpty();
    expect(await effects.of(lost)).toEqual([]);
  });

  it('runs a listener in the scope of the event and under the ids of the request', async () => {
    const [tenantId, userId] = [randomUUID(), randomUUID()];
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const request = {
      requestId: 'req-7',
      route: 'POST /v1/notes',
      scope: { tenantId, userId },
      count: { statements: 0 },
    };
    await runInContext({ ...request, traceparent }, () => events.publish(noted, { note: 'scoped' }));
    const { envelope, context, shownTenant } = await eventually(() => {
      const found = heard.find(({ note }) => note === 'scoped');
      if (!found) throw new Error('not heard yet');
      return found;
    });
    expect(shownTenant).toBe(tenantId);
    expect(context).toEqual({
      scope: { tenantId, userId },
      route: 'first@test.noted.v1',
      requestId: 'req-7',
      traceparent,
    });
    expect(envelope).toMatchObject({ name: 'test.noted', version: 1, tenantId, userId, requestId: 'req-7' });
    expect(Date.now() - Date.parse(envelope.occurredAt)).toBeLessThan(600_000);
  });

  it('tries a listener again after a failure, without what the failed attempt had written', async () => {
    await events.publish(flaky, { note: 'flaky' });
    await eventually(async () => expect(await effects.of('flaky')).toEqual(['flaky']));
    expect(attempts).toEqual(['flaky', 'flaky', 'flaky']);
  });

  it('lets an effect happen once, although the event is delivered several times, also at the same time', async () => {
    const effectId = randomUUID();
    const message = {
      id: randomUUID(),
      subject: counted.subject,
      payload: { id: effectId },
      headers: { requestId: 'again' },
      createdAt: new Date().toISOString(),
    };
    const consumers = it_.app.get(Consumers);
    await Promise.all([1, 1, 2].map((attempt) => consumers.deliver('one@test.counted.v1', message, attempt)));
    await consumers.deliver('one@test.counted.v1', message, 3);
    expect(await effects.of(effectId)).toEqual(['one']);
  });

  it('refuses a payload that does not fit, and names the field but not its value', async () => {
    const publishing = events.publish(noted, { note: 42 } as never);
    await expect(publishing).rejects.toThrow(/event:test\.noted\.v1 does not fit its schema: note: /);
    await expect(publishing).rejects.not.toThrow(/42/);
  });

  it('forgets an event that nobody listens to', async () => {
    await events.publish(unheard, {});
    await outboxIsEmpty();
  });

  it('leaves a message that this release does not know for a release that does', async () => {
    await it_.app.get(Outbox).add('event:from.tomorrow.v1', {});
    const id = randomUUID();
    await events.publish(counted, { id });
    await eventually(async () => expect(await effects.of(id)).toHaveLength(2));
    const left = await database.rows('select subject from outbox');
    expect(left).toEqual([{ subject: 'event:from.tomorrow.v1' }]);
    await database.manager.query(`delete from outbox where subject = 'event:from.tomorrow.v1'`);
  });

  it('keeps a tenant in reach of its own events only', async () => {
    const notes = ['a', 'b', 'c'].map((name) => ({ note: `mine ${name}`, tenantId: randomUUID() }));
    for (const { note, tenantId } of notes)
      await runInScope({ tenantId }, () => events.publish(noted, { note }));
    await eventually(() => {
      const found = heard.filter(({ note }) => note.startsWith('mine'));
      const seen = found.map(({ note, shownTenant }) => ({ note, tenantId: shownTenant }));
      expect(seen.toSorted((a, b) => a.note.localeCompare(b.note))).toEqual(notes);
    });
  });

  describe('Notifications', () => {
    it('tell every listener after the commit, and nobody after a rollback', async () => {
      const notifications = it_.app.get(Notifications);
      const said: string[] = [];
      await new Promise<void>((ready) => notifications.on('test_channel', (text) => said.push(text), ready));
      const failing = database.transaction(async () => {
        await notifications.notify('test_channel', 'never');
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      await database.transaction(() => notifications.notify('test_channel', 'committed'));
      await eventually(() => expect(said).toEqual(['committed']));
    });

    it('listen again when the connection was cut, and say that something may have been missed', async () => {
      const notifications = it_.app.get(Notifications);
      const said: string[] = [];
      let listening = 0;
      notifications.on(
        'test_cut',
        (text) => said.push(text),
        () => (listening += 1),
      );
      await eventually(() => expect(listening).toBe(1));
      const cut = `select pg_terminate_backend(pid) from pg_stat_activity
                   where application_name = 'keelson listen' and datname = current_database()`;
      await database.rows(cut);
      await eventually(() => expect(listening).toBe(2));
      await notifications.notify('test_cut', 'heard again');
      await eventually(() => expect(said).toEqual(['heard again']));
    });
  });
});

describe('A relay', () => {
  let it_: TestApp;
  beforeAll(async () => {
    it_ = await startApp({ REDIS_URL: '' });
    it_.app.get(Events).on(counted, 'one', () => Promise.resolve());
    it_.app.get(Events).on(counted, 'two', () => Promise.resolve());
  });
  afterAll(() => it_?.close());

  it('takes the messages that no other relay holds, without waiting for those', async () => {
    const outbox = it_.app.get(Outbox);
    const taken: unknown[] = [];
    const relay = () => outbox.relay(['event:of.two.v1'], 1, async ([one]) => void taken.push(one!.payload));
    for (const note of ['first', 'second']) await outbox.add('event:of.two.v1', note);
    await holding(it_.database, async (holder) => {
      await holder.sql(`select from outbox where payload = '"first"' for update`);
      expect(await holder.answerOf(relay(), 1)).toBe(1);
    });
    await relay();
    expect(taken).toEqual(['second', 'first']);
  });

  /** Lets nothing be taken out of the outbox, and counts how often it was tried. */
  const jam = `
    create sequence tries;
    create function jam() returns trigger language plpgsql as $$
      begin perform nextval('tries'); raise exception 'jammed'; end $$;
    create trigger jam before delete on outbox execute function jam();`;

  it('hands over again what it could not write down, and makes one delivery for each listener all the same', async () => {
    const owner = new Client(it_.database.ownerUrl);
    await owner.connect();
    try {
      await owner.query(`${jam} grant all on sequence tries to ${new URL(it_.database.url).username}`);
      await it_.app.get(Events).publish(counted, { id: randomUUID() });
      it_.app.get(Relay).start();
      await eventually(async () => {
        const { rows } = await owner.query('select last_value::int as tries from tries');
        expect(rows[0].tries).toBeGreaterThan(1);
      });
      await owner.query('drop trigger jam on outbox');
      await eventually(async () => {
        expect((await owner.query('select subject from outbox')).rows).toEqual([]);
      });
    } finally {
      await owner.end();
    }
    const names = it_.app.get(Consumers).of(counted.subject);
    const queued = await it_.app.get(Queues).open(names[0]!.queue).getJobs();
    const relayed = queued.map(({ name }) => name).filter((name) => name.endsWith('@test.counted.v1'));
    expect(relayed.toSorted()).toEqual(['one@test.counted.v1', 'two@test.counted.v1']);
  });
});

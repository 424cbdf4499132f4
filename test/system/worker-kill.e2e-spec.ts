import { Database } from '../../src/core/database/database';
import { Mail, sendMail } from '../../src/core/mail/mail';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { type MailServer, type ReceivedMail, startMailServer } from '../support/smtp';
import { startWorker, type WorkerProcess } from '../support/worker';

const REGISTRATIONS = 500;
const KILLS = 10;
const EVERY = 45;

describe('A worker that dies', () => {
  let it_: TestApp;
  let server: MailServer;
  const workers = new Map<string, WorkerProcess>();
  let onMail: (mail: ReceivedMail) => void = () => {};

  beforeAll(async () => {
    server = await startMailServer((mail) => {
      onMail(mail);
      return undefined;
    });
    const fast = { JOBS_LOCK_MS: '500', JOBS_STALLED_CHECK_MS: '150', REDIS_URL: '' };
    it_ = await startApp({ ...fast, SMTP_URL: server.url });
  });
  afterEach(async () => {
    for (const worker of workers.values()) worker.signal('SIGKILL');
    await Promise.all([...workers.values()].map(({ ended }) => ended));
    workers.clear();
  });
  afterAll(async () => {
    await it_?.close();
    await server?.close();
  });

  /** The name is what the worker says in EHLO, so that the mail server knows whom it talks to. */
  function start(): WorkerProcess {
    const name = `worker-${workers.size + 1}.example`;
    const worker = startWorker({ SMTP_URL: `${server.url}?name=${name}` });
    workers.set(name, worker);
    return worker;
  }
  const register = (email: string) =>
    it_.http
      .post('/v1/auth/register')
      .send({ email, name: 'Ann', password: 'correct horse battery' })
      .expect(202);

  it('loses no mail and sends none twice, killed ten times while 500 people register', async () => {
    const received: ReceivedMail[] = [];
    let kills = 0;
    onMail = (mail) => {
      received.push(mail);
      // Before the answer: the server has the mail, and its sender never learns that it has.
      if (kills >= KILLS || received.length < (kills + 1) * EVERY) return;
      kills += 1;
      workers.get(mail.client)!.signal('SIGKILL');
      start();
    };
    start();
    start();
    const people = Array.from({ length: REGISTRATIONS }, (_, number) => `person-${number}@example.com`);
    for (let at = 0; at < people.length; at += 10) await Promise.all(people.slice(at, at + 10).map(register));
    await eventually(() => expect(new Set(received.map(({ to }) => to)).size).toBe(REGISTRATIONS), 120_000);
    await eventually(async () => expect(await pending()).toBe(0), 10_000);

    expect(kills).toBe(KILLS);
    expect([...new Set(received.map(({ to }) => to))].toSorted()).toEqual(people.toSorted());
    expect(new Set(received.map(({ messageId }) => messageId)).size).toBe(REGISTRATIONS);
    const again = received.length - REGISTRATIONS;
    process.stdout.write(`${KILLS} kills, ${REGISTRATIONS} mails, ${again} of them twice on the wire\n`);
    // Only what was under way in the moment of a kill may have to go over the wire again.
    expect(again).toBeLessThanOrEqual(KILLS * sendMail.concurrency!);
    const last = [...workers.values()].filter((worker) => worker.alive());
    await Promise.all(last.map(({ ready }) => ready));
    for (const worker of last) worker.signal('SIGTERM');
    expect(await Promise.all(last.map(({ ended }) => ended))).toEqual(last.map(() => 0));
  }, 180_000);

  /** Messages in the outbox, and deliveries that have not come to an end. */
  async function pending(): Promise<number> {
    const [count] = await it_.app.get(Database).rows<{ left: number }>(
      `select (select count(*) from outbox)::int
         + (select count(*) from bullmq.job where queue = 'mail.send' and state <> 'completed')::int as left`,
    );
    return count!.left;
  }

  it('only seemed to be dead and wakes up again: what it was sending is not sent by another', async () => {
    const frozen = start();
    await frozen.ready;
    const received: ReceivedMail[] = [];
    onMail = (mail) => {
      if (mail.to !== 'frozen@example.com') return;
      received.push(mail);
      if (received.length === 1) frozen.signal('SIGSTOP');
    };
    await it_.app.get(Mail).send({ to: 'frozen@example.com', subject: 'Hello', text: 'Hello' });
    await eventually(() => expect(received).toHaveLength(1));
    await start().ready;
    const delivery = async () => {
      const [job] = await it_.app.get(Database).rows<{ state: string; stalls: number }>(
        `select state::text, stalled_count as stalls from bullmq.job
         where queue = 'mail.send' order by added_at_ms desc limit 1`,
      );
      return job;
    };
    await eventually(async () => expect(await delivery()).toEqual({ state: 'active', stalls: 1 }));
    frozen.signal('SIGCONT');
    await eventually(async () => expect(await delivery()).toMatchObject({ state: 'completed' }), 15_000);
    expect(received).toHaveLength(1);
  }, 40_000);
});

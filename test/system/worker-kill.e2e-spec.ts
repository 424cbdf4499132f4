import { Database } from '../../src/core/database/database';
import { Mail, sendMail } from '../../src/core/mail/mail';
import { startApp, type TestApp } from '../support/app';
import type { Watch } from '../support/database-proxy';
import { DELIVERY_STEPS, type DeliveryStep, isStep, stepNamed } from '../support/delivery-steps';
import { eventually } from '../support/eventually';
import { Dice } from '../support/hostile';
import { proof } from '../support/proof';
import { type MailServer, type ReceivedMail, startMailServer } from '../support/smtp';
import { type WatchedWorker, startWatchedWorker } from '../support/worker';

const { size, seed, timeoutMs, record } = proof({ killsAtRandomMoments: 1, killsAtSteps: 2, mails: 40 });
const AT_ONCE = 10;
/** A mail that is not there by then is lost: the retries of what a dead worker held come within seconds. */
const LOST_AFTER_MS = 250_000;
/** A random moment comes within so many passages between a worker and PostgreSQL: some two deliveries. */
const PASSAGES = 40;

/** No statement tells of it: the mail server does. */
const ACCEPTED = 'mail accepted, sender not told';
/** A number is a random moment: so many passages later. */
type Moment = DeliveryStep | typeof ACCEPTED | number;
/** First those by which most is lost or doubled: `npm test` has time for two. */
const STEPS = [...new Set<Moment>([ACCEPTED, stepNamed('hand-over committed'), ...DELIVERY_STEPS])];

describe('A worker that dies', () => {
  let it_: TestApp;
  let server: MailServer;
  const workers = new Map<string, WatchedWorker>();
  let onMail: (mail: ReceivedMail) => void = () => {};

  beforeAll(async () => {
    server = await startMailServer((mail) => {
      onMail(mail);
      return undefined;
    });
    const fast = { JOBS_LOCK_MS: '2000', JOBS_STALLED_CHECK_MS: '500', REDIS_URL: '' };
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
  async function start(): Promise<WatchedWorker> {
    const name = `worker-${workers.size + 1}.example`;
    const worker = await startWatchedWorker(it_.database.url, { SMTP_URL: `${server.url}?name=${name}` });
    workers.set(name, worker);
    return worker;
  }
  const living = () => [...workers.values()].filter((worker) => worker.alive());
  const register = (email: string) =>
    it_.http
      .post('/v1/auth/register')
      .send({ email, name: 'Ann', password: 'correct horse battery' })
      .expect(202);

  /** Kills the first worker that comes to this moment, and resolves when it is dead and another has been started. */
  function killAt(moment: Moment): Promise<void> {
    return new Promise((resolve, reject) => {
      const kill = (worker: WatchedWorker): false => {
        onMail = () => {};
        for (const other of living()) other.proxy.watch = () => other !== worker;
        worker.signal('SIGKILL');
        worker.ended.then(start).then(() => resolve(), reject);
        return false;
      };
      if (moment === ACCEPTED) onMail = ({ client }) => kill(workers.get(client)!);
      else for (const worker of living()) worker.proxy.watch = watchFor(moment, () => kill(worker));
    });
  }

  function watchFor(moment: DeliveryStep | number, kill: () => false): Watch {
    let passages = 0;
    return (passage) => {
      passages += 1;
      const reached = typeof moment === 'number' ? passages > moment : isStep(moment, passage);
      return reached ? kill() : true;
    };
  }

  /** Which moments there are to die in, in the order that the seed gives. */
  function moments(): Moment[] {
    const dice = new Dice(seed);
    return [
      ...Array.from({ length: size.killsAtSteps }, (_, number) => STEPS[number % STEPS.length]!),
      ...Array.from({ length: size.killsAtRandomMoments }, () => Math.floor(dice.next() * PASSAGES)),
    ]
      .map((moment) => ({ moment, order: dice.next() }))
      .toSorted((one, other) => one.order - other.order)
      .map(({ moment }) => moment);
  }

  it(
    'loses no mail and sends none twice, killed at random moments and at each step of a delivery',
    async () => {
      const people: string[] = [];
      const dead: Moment[] = [];
      const registerSome = async () => {
        const some = Array.from({ length: AT_ONCE }, (_, at) => `person-${people.length + at}@example.com`);
        people.push(...some);
        await Promise.all(some.map(register));
      };
      const sentTo = () => new Set(server.received.map(({ to }) => to));
      await start();
      await start();
      const planned = moments();
      for (const [number, moment] of planned.entries()) {
        await Promise.race(living().map(({ ready }) => ready));
        const killed = killAt(moment).then(() => dead.push(moment));
        // A step is reached only while there is work, so there is more of it until one has died.
        const share = ((number + 1) / planned.length) * size.mails;
        while (dead.length <= number || people.length < share) {
          await registerSome();
          await Promise.race([
            killed,
            eventually(() => expect(sentTo().size).toBe(people.length), timeoutMs),
          ]);
        }
        // Or the same job would be under way at every kill, and after ten of them count as what kills workers.
        await eventually(() => expect(sentTo().size).toBe(people.length), timeoutMs);
      }
      await eventually(async () => {
        expect({ sent: sentTo().size, unfinished: await unfinished() }).toEqual({
          sent: people.length,
          unfinished: [],
        });
      }, LOST_AFTER_MS);

      expect([...sentTo()].toSorted()).toEqual(people.toSorted());
      expect(new Set(server.received.map(({ messageId }) => messageId)).size).toBe(people.length);
      const twiceOnTheWire = server.received.length - people.length;
      record({ ...size, mails: people.length, lost: 0, twiceOnTheWire });
      // Only what was under way in the moment of a kill may have to go over the wire again.
      expect(twiceOnTheWire).toBeLessThanOrEqual(planned.length * sendMail.concurrency!);
      await Promise.all(living().map(({ ready }) => ready));
      const last = living();
      for (const worker of last) worker.signal('SIGTERM');
      expect(await Promise.all(last.map(({ ended }) => ended))).toEqual(last.map(() => 0));
    },
    timeoutMs,
  );

  /** Messages in the outbox, and deliveries that have not come to an end, or to a bad one. */
  const unfinished = (): Promise<unknown[]> =>
    it_.app.get(Database).rows<object>(
      `select id::text, subject as state, null::jsonb as detail from outbox
       union all
       select id, state::text, jsonb_build_array(failed_reason, attempts_made, stalled_count, process_at_ms)
       from bullmq.job where queue = 'mail.send' and state <> 'completed'`,
    );

  it(
    'only seemed to be dead and wakes up again: what it was sending is not sent by another',
    async () => {
      const frozen = await start();
      await frozen.ready;
      const received: ReceivedMail[] = [];
      onMail = (mail) => {
        if (mail.to !== 'frozen@example.com') return;
        received.push(mail);
        if (received.length === 1) frozen.signal('SIGSTOP');
      };
      await it_.app.get(Mail).send({ to: 'frozen@example.com', subject: 'Hello', text: 'Hello' });
      await eventually(() => expect(received).toHaveLength(1), timeoutMs);
      await (
        await start()
      ).ready;
      const delivery = async () => {
        const [job] = await it_.app.get(Database).rows<{ state: string; stalls: number }>(
          `select state::text, stalled_count as stalls from bullmq.job
         where queue = 'mail.send' order by added_at_ms desc limit 1`,
        );
        return job;
      };
      await eventually(
        async () => expect(await delivery()).toEqual({ state: 'active', stalls: 1 }),
        timeoutMs,
      );
      frozen.signal('SIGCONT');
      await eventually(async () => expect(await delivery()).toMatchObject({ state: 'completed' }), timeoutMs);
      expect(received).toHaveLength(1);
    },
    timeoutMs,
  );
});

import { randomBytes } from 'node:crypto';
import { Database } from '../../src/core/database/database';
import { Consumers } from '../../src/core/events/consumers';
import { Outbox } from '../../src/core/events/outbox';
import type { JobsConfig } from '../../src/core/jobs/jobs.config';
import { PayloadSeal } from '../../src/core/jobs/payload-seal';
import { Queues } from '../../src/core/jobs/queues';
import { WorkerRuntime } from '../../src/core/jobs/worker-runtime';
import { Mail } from '../../src/core/mail/mail';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { type MailServer, type ReceivedMail, startMailServer } from '../support/smtp';

const FORMER_KEY = randomBytes(32).toString('base64');

describe('Mail', () => {
  let it_: TestApp;
  let server: MailServer;
  let mail: Mail;
  const offered: ReceivedMail[] = [];

  beforeAll(async () => {
    server = await startMailServer((one) => {
      const before = offered.filter(({ to }) => to === one.to).length;
      offered.push(one);
      if (one.to.startsWith('unknown')) return 550;
      return one.to.startsWith('busy') && before === 0 ? 451 : undefined;
    });
    it_ = await startApp({
      SMTP_URL: server.url,
      MAIL_FROM: 'Harbour <post@harbour.example>',
      JOBS_PAYLOAD_KEYS: `${randomBytes(32).toString('base64')},${FORMER_KEY}`,
    });
    mail = it_.app.get(Mail);
    await it_.app.get(WorkerRuntime).start();
  });
  afterAll(async () => {
    await it_?.close();
    await server?.close();
  });

  const text = { subject: 'Hello', text: 'A line.' };
  const arrived = (to: string) =>
    eventually(() => {
      const found = server.received.filter((one) => one.to === to);
      expect(found).toHaveLength(1);
      return found[0]!;
    });

  it('arrives with its sender, subject, text and page', async () => {
    const to = 'ann@example.com';
    await mail.send({ to, subject: 'Grüße 👋', text: 'Plain é', html: '<p>Rich é</p>' });
    const { parsed } = await arrived(to);
    expect(parsed).toMatchObject({ subject: 'Grüße 👋', html: '<p>Rich é</p>' });
    expect(parsed.text?.trim()).toBe('Plain é');
    expect(parsed.from?.text).toBe('"Harbour" <post@harbour.example>');
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('is not sent when the transaction rolled back', async () => {
    const failing = it_.app.get(Database).transaction(async () => {
      await mail.send({ to: 'lost@example.com', ...text });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await mail.send({ to: 'kept@example.com', ...text });
    await arrived('kept@example.com');
    expect(offered.filter(({ to }) => to === 'lost@example.com')).toEqual([]);
  });

  it('is offered again with the same Message-ID when the server could not take it', async () => {
    await mail.send({ to: 'busy@example.com', ...text });
    const { messageId } = await arrived('busy@example.com');
    const ids = offered.filter(({ to }) => to === 'busy@example.com').map((one) => one.messageId);
    expect(ids).toEqual([messageId, messageId]);
    expect(messageId).toMatch(/^<[\da-f-]{36}@harbour\.example>$/);
  });

  it('is not sent again when it is delivered again', async () => {
    await mail.send({ to: 'once@example.com', ...text });
    const { messageId } = await arrived('once@example.com');
    const id = messageId.slice(1, messageId.indexOf('@'));
    const { message } = await eventually(async () => {
      const job = await it_.app.get(Queues).open('mail.send').getJob(`${id}.mail.send`);
      expect(await job?.getState()).toBe('completed');
      return job!.data;
    });
    await it_.app.get(Consumers).deliver('mail.send', message, 2);
    expect(server.received.filter(({ to }) => to === 'once@example.com')).toHaveLength(1);
  });

  it('cannot be read in the outbox', async () => {
    const secret = 'https://app.example/reset?token=hush';
    const read = await it_.app.get(Database).transaction(async () => {
      await mail.send({ to: 'reset@example.com', subject: 'Reset', text: secret });
      return it_.app.get(Database).rows<{ payload: unknown }>('select payload from outbox');
    });
    expect(read).toEqual([{ payload: { sealed: expect.any(String) } }]);
    expect((await arrived('reset@example.com')).parsed.text?.trim()).toBe(secret);
  });

  it('is sent although it was sealed before the key was changed', async () => {
    const to = 'former@example.com';
    const former = new PayloadSeal({ JOBS_PAYLOAD_KEYS: [Buffer.from(FORMER_KEY, 'base64')] } as JobsConfig);
    const sealed = former.close('job:mail.send', { to, ...text });
    await it_.app.get(Outbox).add('job:mail.send', sealed);
    await arrived(to);
  });

  it('is given up at once when the server refuses it for good', async () => {
    await mail.send({ to: 'unknown@example.com', ...text });
    await eventually(async () => {
      const failed = await it_.app.get(Queues).open('mail.send').getFailed();
      expect(failed.map((job) => job.attemptsMade)).toEqual([1]);
    });
    expect(offered.filter(({ to }) => to === 'unknown@example.com')).toHaveLength(1);
  });

  it('does not go to another machine without TLS', async () => {
    // An address of this machine that does not say so.
    const elsewhere = await startApp({ SMTP_URL: server.url.replace('127.0.0.1', '0.0.0.0') });
    await elsewhere.app.get(WorkerRuntime).start();
    await elsewhere.app.get(Mail).send({ to: 'open@example.com', ...text });
    const reason = await eventually(async () => {
      const [job] = await elsewhere.app.get(Queues).open('mail.send').getJobs();
      expect(job?.failedReason ?? job?.finishedOn).toBeDefined();
      return job!.failedReason;
    });
    await elsewhere.close();
    expect(reason).toMatch(/STARTTLS|certificate/);
    expect(offered.filter(({ to }) => to === 'open@example.com')).toEqual([]);
  });

  it.each([
    ['a second header in the subject', { to: 'a@example.com', subject: 'Hi\r\nBcc: b@example.com' }],
    ['a second header in the address', { to: 'a@example.com\r\nBcc: b@example.com', subject: 'Hi' }],
    ['two addresses', { to: 'a@example.com, b@example.com', subject: 'Hi' }],
    ['a line separator in the subject', { to: 'a@example.com', subject: 'Hi\u2028there' }],
  ])('is refused with %s', async (_what, message) => {
    await expect(mail.send({ text: 'x', ...message })).rejects.toThrow('does not fit its schema');
  });
});

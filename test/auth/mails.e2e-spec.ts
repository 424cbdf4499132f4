import { randomUUID } from 'node:crypto';
import { Database } from '../../src/core/database/database';
import { WorkerRuntime } from '../../src/core/jobs/worker-runtime';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { holding } from '../support/locks';
import { type MailServer, startMailServer } from '../support/smtp';

const PASSWORD = 'correct horse battery';

describe('Mail about an account', () => {
  let it_: TestApp;
  let mails: MailServer;
  beforeAll(async () => {
    mails = await startMailServer();
    it_ = await startApp({ SMTP_URL: mails.url });
    await it_.app.get(WorkerRuntime).start();
  });
  afterAll(async () => {
    await it_?.close();
    await mails?.close();
  });

  const someone = () => `${randomUUID()}@example.com`;
  const register = (email: string, password = PASSWORD) =>
    it_.http.post('/v1/auth/register').send({ email, password, name: 'Ada Lovelace' });
  const verify = (token: string) => it_.http.put('/v1/auth/email/verification').send({ token });
  const askToVerify = (email: string) => it_.http.post('/v1/auth/email/verification').send({ email });
  const askToReset = (email: string) => it_.http.post('/v1/auth/password/reset').send({ email });
  const reset = (token: string, newPassword = 'a whole new password') =>
    it_.http.put('/v1/auth/password/reset').send({ token, newPassword });
  const login = (email: string, password = PASSWORD) =>
    it_.http.post('/v1/auth/login').send({ email, password });

  /** The mails to the address, once there are so many. */
  const mailsTo = (email: string, count: number) =>
    eventually(() => {
      const found = mails.received.filter(({ to }) => to === email);
      expect(found).toHaveLength(count);
      return found.map(({ parsed }) => ({
        subject: parsed.subject,
        token: /k(?:ev|pr)_[\w-]{43}/.exec(parsed.text ?? '')?.[0] ?? '',
      }));
    });
  const lastTo = async (email: string, count: number) => (await mailsTo(email, count))[count - 1]!;
  const account = async () => {
    const email = someone();
    await register(email).expect(202);
    await verify((await lastTo(email, 1)).token).expect(204);
    return email;
  };

  it('lets a new account in once its address is verified, and not before', async () => {
    const email = someone();
    await register(email).expect(202);
    const { subject, token } = await lastTo(email, 1);
    expect((await login(email).expect(403)).body.code).toBe('email_not_verified');
    expect((await login(email, 'not the password').expect(401)).body.code).toBe('invalid_credentials');
    expect(subject).toBe('Confirm your e-mail address');
    await verify(token).expect(204);
    await login(email).expect(200);
    expect((await verify(token).expect(400)).body.code).toBe('token_not_usable');
  });

  it('answers the same whether an address has an account, is verified, or is unknown', async () => {
    const [known, unknown] = [await account(), someone()];
    const unverified = someone();
    await register(unverified).expect(202);
    for (const ask of [register, askToVerify, askToReset]) {
      const answers = [];
      for (const email of [known, unverified, unknown]) {
        const { status, headers, body } = await ask(email);
        answers.push({ status, body, headers: Object.keys(headers).toSorted() });
      }
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    }
  });

  it('tells the owner of a known address, and changes nothing of the account', async () => {
    const email = await account();
    await register(email, 'the password of a stranger').expect(202);
    expect((await lastTo(email, 2)).subject).toBe('You already have an account');
    await login(email).expect(200);
    await login(email, 'the password of a stranger').expect(401);
  });

  it('makes one account of many registrations at once', async () => {
    const email = someone();
    const answers = await Promise.all(Array.from({ length: 5 }, () => register(email)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    const { token } = (await mailsTo(email, 5))[4]!;
    await verify(token).expect(204);
    await login(email).expect(200);
  });

  it('gives the account to the registration whose mail was followed', async () => {
    const email = someone();
    await register(email, 'the password of a stranger').expect(202);
    await mailsTo(email, 1);
    await register(email).expect(202);
    await verify((await lastTo(email, 2)).token).expect(204);
    await login(email, 'the password of a stranger').expect(401);
    await login(email).expect(200);
  });

  it('comes again when it is asked for, within limits, and never for a verified address', async () => {
    const email = someone();
    await register(email).expect(202);
    await mailsTo(email, 1);
    for (let round = 0; round < 6; round += 1) await askToVerify(email).expect(202);
    const { token } = await lastTo(email, 5);
    await verify(token).expect(204);
    await askToVerify(email).expect(202);
    await askToReset(email).expect(202);
    expect((await lastTo(email, 6)).subject).toBe('Choose a new password');
  });

  it.each([
    ['asked for again', 'auth.mail_token', askToVerify],
    ['registered again', 'auth.make_account', (email: string) => register(email)],
  ])('does not come to an address that is verified just before it is %s', async (_what, job, ask) => {
    const email = someone();
    await register(email).expect(202);
    await mailsTo(email, 1);
    await holding(it_.database, async (holder) => {
      const handled = () => it_.app.get(Database).rows('select from inbox where consumer = $1', [job]);
      const before = (await handled()).length;
      // Locked and not yet changed: a registration looks for the address first, and would wait there for a change.
      await holder.sql('select from users where email = $1 for no key update', [email]);
      await ask(email).expect(202);
      const turn = eventually(async () => expect(await handled()).toHaveLength(before + 1));
      await holder.answerOf(turn, 1);
      await holder.sql('update users set email_verified_at = now() where email = $1', [email]);
      await holder.release();
      await turn;
      const tokens = `select from auth_one_time_tokens where kind = 'email_verification'
        and user_id = (select id from users where email = $1)`;
      expect(await holder.sql(tokens, [email])).toHaveLength(1);
    });
  });

  it('leads to a new password, which ends every session', async () => {
    const email = await account();
    const { body } = await login(email).expect(200);
    await it_.http.get('/v1/me').auth(body.accessToken, { type: 'bearer' }).expect(200);
    await askToReset(email).expect(202);
    await reset((await lastTo(email, 2)).token).expect(204);
    await it_.http.get('/v1/me').auth(body.accessToken, { type: 'bearer' }).expect(401);
    await login(email).expect(401);
    await login(email, 'a whole new password').expect(200);
  });

  it('carries a token that works for one of many who use it at once', async () => {
    const email = await account();
    await askToReset(email).expect(202);
    const { token } = await lastTo(email, 2);
    const passwords = Array.from({ length: 10 }, (_, index) => `a new password, number ${index}`);
    const answers = await Promise.all(passwords.map((password) => reset(token, password)));
    const won = passwords.filter((_, index) => answers[index]!.status === 204);
    expect(won).toHaveLength(1);
    await login(email, won[0]!).expect(200);
  });

  it('carries tokens of one kind each', async () => {
    const email = someone();
    await register(email).expect(202);
    const verification = (await lastTo(email, 1)).token;
    await reset(verification).expect(400);
    await reset(verification.replace('kev_', 'kpr_')).expect(400);
    await askToReset(email).expect(202);
    const replacement = (await mailsTo(email, 2)).find(({ token }) => token.startsWith('kpr_'))!.token;
    await verify(replacement).expect(400);
    await verify(replacement.replace('kpr_', 'kev_')).expect(400);
    await it_.http.get('/v1/me').auth(verification, { type: 'bearer' }).expect(401);
    await verify(verification).expect(204);
  });

  it('is worth nothing once the password was changed', async () => {
    const email = await account();
    await askToReset(email).expect(202);
    const { token } = await lastTo(email, 2);
    const { body } = await login(email).expect(200);
    const change = it_.http.put('/v1/auth/password').auth(body.accessToken, { type: 'bearer' });
    const newPassword = 'a whole new password';
    await change.send({ currentPassword: PASSWORD, newPassword }).expect(204);
    await reset(token, 'the password of a thief').expect(400);
    await login(email, newPassword).expect(200);
  });

  it('makes earlier tokens worthless once one was used', async () => {
    const email = await account();
    await askToReset(email).expect(202);
    const first = (await lastTo(email, 2)).token;
    await askToReset(email).expect(202);
    const second = (await lastTo(email, 3)).token;
    await reset(second).expect(204);
    await reset(first).expect(400);
  });
});

import type { ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { Metrics } from '../../src/core/observability/metrics';
import { BreachList, sha1 } from './breach-list.fixture';
import { Mailbox } from './mailbox.fixture';

const NEW = 'a whole new password';

describe('Choosing a password', () => {
  let box: Mailbox;
  beforeAll(async () => {
    box = await Mailbox.start({ AUTH_PASSWORD_MIN_LENGTH: '10', AUTH_PASSWORD_WORDS: 'Tidewater, keelson' });
  });
  afterAll(() => box?.close());

  const change = (
    headers: { authorization: string },
    newPassword: string,
    currentPassword = Mailbox.PASSWORD,
  ) => box.app.http.put('/v1/auth/password').set(headers).send({ currentPassword, newPassword });
  const reset = (token: string, newPassword: string) =>
    box.app.http.put('/v1/auth/password/reset').send({ token, newPassword });
  const resetToken = async (email: string) => {
    await box.app.http.post('/v1/auth/password/reset').send({ email }).expect(202);
    return (await box.newest(email, 'Choose a new password')).token;
  };

  it('takes 256 characters and looks at every one of them', async () => {
    const long = 'x'.repeat(200) + 'y'.repeat(56);
    const email = await box.account(long);
    await box.login(email, long).expect(200);
    await box.login(email, 'x'.repeat(199) + 'z' + 'y'.repeat(56)).expect(401);
    await box.login(email, long.slice(0, 255)).expect(401);
    await box.register(box.address(), `${long}y`).expect(400);
  });

  it('takes characters of any kind, in whatever form they are typed', async () => {
    const email = await box.account('  Zürich\u0301 ✨ 🗝️ 東京  ');
    await box.login(email, '  Zu\u0308rich\u0301 ✨ 🗝️ 東京  ').expect(200);
    await box.login(email, 'Zürich\u0301 ✨ 🗝️ 東京').expect(401);
    await box.register(box.address(), 'not well-formed \ud800').expect(400);
  });

  it.each([
    ['shorter than is asked for', 'ninechars', 'too_small'],
    ['short, although it has many bytes', '🗝🗝🗝🗝🗝🗝🗝🗝🗝', 'too_small'],
    ['one of the most common', 'Qwertyuiop123', 'common_password'],
    ['the address', 'MARIE.curie@example.com', 'guessable_password'],
    ['the first part of the address, with a year', 'marie.curie1867', 'guessable_password'],
    ['the name', 'Marie Sklodowska!', 'guessable_password'],
    ['the name of the service, with signs', '!!Keelson-2026!!', 'guessable_password'],
    ['another word that the operator named', 'tidewater 12345', 'guessable_password'],
  ])('refuses one that is %s, and names the field', async (_what, password, code) => {
    const { body } = await box.app.http
      .post('/v1/auth/register')
      .send({ email: 'marie.curie@example.com', name: 'Marie Sklodowska', password })
      .expect(400);
    expect(body).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/password', code }] });
  });

  it('takes one that has a name in it beside other words', async () => {
    await box.register(box.address(), 'lovelace wrote for the engine').expect(202);
  });

  it('asks the same of a change', async () => {
    const email = await box.account();
    const headers = await box.signIn(email);
    for (const password of ['ninechars', 'Qwertyuiop123', email]) {
      const { body } = await change(headers, password).expect(400);
      expect(body.errors).toMatchObject([{ pointer: '/newPassword' }]);
    }
    await box.login(email).expect(200);
  });

  it('asks the same of a reset, which leaves its token for another try', async () => {
    const email = await box.account();
    const token = await resetToken(email);
    for (const password of ['ninechars', 'Qwertyuiop123', email]) {
      const { body } = await reset(token, password).expect(400);
      expect(body.errors).toMatchObject([{ pointer: '/newPassword' }]);
    }
    await reset(token, NEW).expect(204);
  });

  it('tells the owner by mail and in the ledger of a change', async () => {
    const email = await box.account();
    await change(await box.signIn(email), NEW).expect(204);
    const { text } = await box.newest(email, 'Your password was changed');
    expect(text).not.toContain(NEW);
    expect((await box.events(email)).slice(-2)).toEqual(['auth.signed_in', 'auth.password_changed']);
  });

  it('tells the owner by mail and in the ledger of a reset, and of who asked for it', async () => {
    const email = await box.account();
    await reset(await resetToken(email), NEW).expect(204);
    await box.received(email, 'Your password was changed');
    expect((await box.events(email)).slice(-2)).toEqual([
      'auth.password_reset_requested',
      'auth.password_reset',
    ]);
    const [asked] = await box.sql(
      `select details->>'address' as address from security_events where type = 'auth.password_reset_requested'
         and user_id = (select id from users where email = $1)`,
      [email],
    );
    expect(asked!.address).toMatch(/127\.0\.0\.1$/);
  });

  it('leaves a wrong password in the ledger of the account that it was tried for', async () => {
    const email = await box.account();
    await box.login(email, 'not the password').expect(401);
    const headers = await box.signIn(email);
    await change(headers, NEW, 'not the password').expect(401);
    expect((await box.events(email)).slice(-3)).toEqual([
      'auth.sign_in_failed',
      'auth.signed_in',
      'auth.sign_in_failed',
    ]);
  });
});

describe('A password that is known from a breach', () => {
  let box: Mailbox;
  let list: BreachList;
  const BREACHED = 'my dog has seven fleas';
  beforeAll(async () => {
    list = await BreachList.start();
    list.add(BREACHED, 12);
    box = await Mailbox.start({ AUTH_BREACHED_PASSWORDS_URL: list.url });
  });
  afterAll(async () => {
    await box?.close();
    list?.close();
    delete process.env.AUTH_BREACHED_PASSWORDS_URL;
  });

  const outcomes = async () => {
    const metric = box.app.app.get(Metrics).registry.getSingleMetric('auth_breached_password_checks_total')!;
    const { values } = await metric.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
  };

  it('is refused at registration, change and reset', async () => {
    const { body } = await box.register(box.address(), BREACHED).expect(400);
    expect(body).toMatchObject({ code: 'password_breached', errors: [{ pointer: '/password' }] });
    const email = await box.account();
    const headers = await box.signIn(email);
    const change = { currentPassword: Mailbox.PASSWORD, newPassword: BREACHED };
    const changed = await box.app.http.put('/v1/auth/password').set(headers).send(change).expect(400);
    expect(changed.body.code).toBe('password_breached');
    await box.app.http.post('/v1/auth/password/reset').send({ email }).expect(202);
    const { token } = await box.newest(email, 'Choose a new password');
    const reset = { token, newPassword: BREACHED };
    expect((await box.app.http.put('/v1/auth/password/reset').send(reset).expect(400)).body.code).toBe(
      'password_breached',
    );
    await box.login(email).expect(200);
  });

  it('is asked for by five digits of a hash, with padding, and only when a password is chosen', async () => {
    const email = await box.account();
    list.asked.length = 0;
    await box.login(email).expect(200);
    await box.login(email, BREACHED).expect(401);
    expect(list.asked).toEqual([]);
    await box.register(box.address(), 'nobody else has this one').expect(202);
    expect(list.asked).toMatchObject([
      { path: `/range/${sha1('nobody else has this one').slice(0, 5)}`, headers: { 'add-padding': 'true' } },
    ]);
    expect(JSON.stringify(list.asked)).not.toMatch(/nobody|cookie|authorization/i);
  });

  it('is not what padding names', async () => {
    list.add('only there for its length', 0);
    await box.register(box.address(), 'only there for its length').expect(202);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['fails', (response) => response.writeHead(503).end('try later')],
    ['does not answer in time', () => undefined],
    ['stops in the middle', (response) => response.writeHead(200).write('00000')],
    [
      'leads elsewhere',
      (response) =>
        response.req.url === '/elsewhere'
          ? response.end(`${sha1(BREACHED).slice(5)}:12`)
          : response.writeHead(302, { location: '/elsewhere' }).end(),
    ],
    ['hangs up', (response) => response.destroy()],
    ['does not stop', (response) => response.end('0'.repeat(2_000_000))],
  ])(
    'is taken when the service %s, which is counted and logged without the password',
    async (_how, answer) => {
      const written: string[] = [];
      const note = (...parts: unknown[]) => void written.push(JSON.stringify(parts));
      Logger.overrideLogger({ log: note, error: note, warn: note });
      const { failed: before = 0 } = await outcomes();
      const usual = list.answer;
      list.answer = answer;
      try {
        await box.register(box.address(), BREACHED).expect(202);
      } finally {
        list.answer = usual;
        Logger.overrideLogger(false);
      }
      expect((await outcomes()).failed).toBe(Number(before) + 1);
      expect(written.filter((line) => line.includes('breached passwords cannot be looked up'))).toHaveLength(
        1,
      );
      expect(written.join('\n')).not.toMatch(new RegExp(`${BREACHED}|${sha1(BREACHED).slice(0, 5)}`, 'i'));
    },
  );
});

import { Mailbox } from './mailbox.fixture';
import { eventually } from '../support/eventually';

const SUBJECT = 'Sign in';

describe('Signing in by mail', () => {
  let box: Mailbox;
  beforeAll(async () => {
    box = await Mailbox.start();
  });
  afterAll(() => box?.close());

  const ask = (email: string) => box.app.http.post('/v1/auth/magic-link').send({ email });
  const use = (body: object) => box.app.http.put('/v1/auth/magic-link').send(body);
  /** What a browser has that asked, and whose owner has followed the link. */
  const link = async (email: string, count = 1) => {
    const { binding } = (await ask(email).expect(202)).body;
    const { token } = await box.newest(email, SUBJECT, count);
    return { token, binding } as { token: string; binding: string };
  };
  const me = (accessToken: string) => box.app.http.get('/v1/me').auth(accessToken, { type: 'bearer' });

  it('lets in the browser that asked, with the token out of the mail', async () => {
    const email = await box.account();
    const { body } = await use(await link(email)).expect(200);
    expect(body).toMatchObject({ tokenType: 'Bearer', refreshToken: expect.stringMatching(/^krt_/) });
    expect((await me(body.accessToken).expect(200)).body).toMatchObject({ email });
    const [session] = await box.sql(
      'select methods from auth_sessions where user_id = (select id from users where email = $1)',
      [email],
    );
    expect(session).toEqual({ methods: ['email'] });
    expect(await box.events(email)).toEqual([
      'auth.email_verified',
      'auth.magic_link_requested',
      'auth.signed_in',
    ]);
  });

  it('works once, also for many who use the link at once', async () => {
    const shown = await link(await box.account());
    const answers = await Promise.all(Array.from({ length: 10 }, () => use(shown)));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, ...Array<number>(9).fill(400)]);
    expect((await use(shown).expect(400)).body.code).toBe('token_not_usable');
  });

  it('is refused in any other browser, and still works in the one that asked', async () => {
    const email = await box.account();
    const shown = await link(email);
    const { binding: ofAnother } = (await ask(box.address()).expect(202)).body;
    const stranger = await use({ ...shown, binding: ofAnother }).expect(400);
    expect(stranger.body.code).toBe('token_not_usable');
    const { body } = await use({ token: shown.token }).expect(400);
    expect(body.errors).toMatchObject([{ pointer: '/binding' }]);
    await use({ ...shown, binding: '' }).expect(400);
    await use(shown).expect(200);
  });

  it('gives nothing to a stranger who asks for it and has the owner follow the link', async () => {
    const email = await box.account();
    const { binding: ofStranger } = (await ask(email).expect(202)).body;
    const { token } = await box.newest(email, SUBJECT);
    const { binding: ofOwner } = (await ask(email).expect(202)).body;
    // The owner's browser has a binding of its own, and the stranger has no token.
    await use({ token, binding: ofOwner }).expect(400);
    await use({ token: ofStranger, binding: ofStranger }).expect(400);
    const mails = await box.received(email, SUBJECT, 2);
    const answers = await Promise.all(mails.map((mail) => use({ token: mail.token, binding: ofOwner })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400]);
  });

  it('cannot sign somebody in to the account of a stranger who sends them a link', async () => {
    const shown = await link(await box.account());
    const { binding: ofVictim } = (await ask(await box.account()).expect(202)).body;
    await use({ token: shown.token, binding: ofVictim }).expect(400);
  });

  it('expires', async () => {
    const email = await box.account();
    const shown = await link(email);
    await box.sql(
      `update auth_one_time_tokens set expires_at = now() - interval '1 second'
       where kind = 'magic_link' and user_id = (select id from users where email = $1)`,
      [email],
    );
    await use(shown).expect(400);
  });

  it('is worth nothing once another link was used, or the password was changed', async () => {
    const email = await box.account();
    const first = await link(email);
    const second = await link(email, 2);
    const { body } = await use(second).expect(200);
    await use(first).expect(400);
    const third = await link(email, 3);
    await box.app.http
      .put('/v1/auth/password')
      .auth(body.accessToken, { type: 'bearer' })
      .send({ currentPassword: Mailbox.PASSWORD, newPassword: 'a whole new password' })
      .expect(204);
    await use(third).expect(400);
  });

  it('takes and gives tokens of its own kind only', async () => {
    const email = await box.account();
    const { token, binding } = await link(email);
    await box.app.http.put('/v1/auth/email/verification').send({ token }).expect(400);
    await box.app.http
      .put('/v1/auth/password/reset')
      .send({ token, newPassword: 'a whole new password' })
      .expect(400);
    await box.app.http.post('/v1/auth/refresh').send({ refreshToken: token }).expect(401);
    await me(token).expect(401);
    await me(binding).expect(401);
    await box.app.http.post('/v1/auth/password/reset').send({ email }).expect(202);
    const reset = await box.newest(email, 'Choose a new password');
    await use({ token: reset.token, binding }).expect(400);
    await use({ token: reset.token.replace('kpr_', 'kml_'), binding }).expect(400);
    await use({ token: binding, binding: token }).expect(400);
    await use({ token, binding }).expect(200);
  });

  it('answers the same for every address', async () => {
    const unverified = box.address();
    await box.register(unverified).expect(202);
    const answers = [];
    for (const email of [await box.account(), unverified, box.address()]) {
      const { status, headers, body } = await ask(email);
      expect(body.binding).toMatch(/^kmb_[\w-]{43}$/);
      answers.push({ status, headers: Object.keys(headers).toSorted(), body: { ...body, binding: '' } });
    }
    expect(answers[0]!.body).toEqual({
      message: 'If the address is right, a mail is on its way.',
      binding: '',
      expiresIn: 600,
    });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('shows that the address is the owner’s, and voids the password of a stranger who registered it', async () => {
    const email = box.address();
    await box.register(email, 'the password of a stranger').expect(202);
    const { token: verification } = await box.newest(email, 'Confirm your e-mail address');
    const { body } = await use(await link(email)).expect(200);
    expect((await me(body.accessToken).expect(200)).body).toMatchObject({ email, emailVerified: true });
    await box.login(email, 'the password of a stranger').expect(401);
    // The stranger's mail, too: following it later must not bring the password back.
    await box.app.http.put('/v1/auth/email/verification').send({ token: verification });
    await box.login(email, 'the password of a stranger').expect(401);
  });

  it('leaves the password of an owner who has verified alone', async () => {
    const email = await box.account();
    await use(await link(email)).expect(200);
    await box.login(email).expect(200);
  });

  it('says in the mail where the link works, and for how long', async () => {
    const email = await box.account();
    await ask(email).expect(202);
    const { text } = await box.newest(email, SUBJECT);
    expect(text).toContain('only in the browser in which it was asked for');
    expect(text).toContain('within 10 minutes');
  });

  it('is mailed so many times an hour, and no more', async () => {
    const email = await box.account();
    await Promise.all(Array.from({ length: 12 }, () => ask(email).expect(202)));
    await eventually(async () => {
      const done = (await box.events(email)).filter((type) => type === 'auth.magic_link_requested');
      expect(done).toHaveLength(12);
    });
    const [issued] = await box.sql(
      `select count(*)::int as count from auth_one_time_tokens
       where kind = 'magic_link' and user_id = (select id from users where email = $1)`,
      [email],
    );
    expect(issued).toEqual({ count: 5 });
  });
});

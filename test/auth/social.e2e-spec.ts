import { WorkerRuntime } from '../../src/core/jobs/worker-runtime';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { type MailServer, startMailServer } from '../support/smtp';
import {
  developer,
  person,
  type Providers,
  PUBLIC_URL,
  rowsOf,
  startProviders,
  Visitor,
} from '../support/social';

const PASSWORD = 'correct horse battery';

const people = {
  newcomer: person({ name: 'Grace Hopper' }),
  regular: person(),
  unverified: person({ email_verified: false }),
  liar: person({ email_verified: false }),
  nameless: person({ name: '\u0000 \u2028' }),
  known: person(),
  victim: person(),
  twice: person(),
  nobody: person({ email: 'not an address' }),
  leaver: person(),
};
const developers = {
  newcomer: developer({ name: null, login: 'margaret' }),
  unverified: developer({ verified: false }),
  sealed: developer(),
};

describe('Signing in with a provider', () => {
  let it_: TestApp;
  let providers: Providers;
  let mails: MailServer;

  beforeAll(async () => {
    mails = await startMailServer();
    providers = await startProviders(Object.values(people), Object.values(developers));
    it_ = await startApp({ ...providers.env, SMTP_URL: mails.url });
    await it_.app.get(WorkerRuntime).start();
  });
  afterAll(async () => {
    await it_?.close();
    await Promise.all([providers?.close(), mails?.close()]);
  });

  const visitor = () => new Visitor(it_.url);
  const me = async (headers: { authorization: string }) =>
    (await it_.http.get('/v1/me').set(headers).expect(200)).body;
  const identities = async (headers: { authorization: string }) =>
    (await it_.http.get('/v1/me/identities').set(headers).expect(200)).body.items;
  const login = (email: string, password = PASSWORD) =>
    it_.http.post('/v1/auth/login').send({ email, password });
  const tokenMailedTo = (email: string) =>
    eventually(() => {
      const text = mails.received.find(({ to }) => to === email)?.parsed.text ?? '';
      return /kev_[\w-]{43}/.exec(text)![0];
    });
  const register = async (email: string) => {
    await it_.http
      .post('/v1/auth/register')
      .send({ email, password: PASSWORD, name: 'Stranger' })
      .expect(202);
    return tokenMailedTo(email);
  };
  const rows = (sql: string, values: unknown[]) => rowsOf(it_.database, sql, values);

  it('is offered for the providers that are set up, and says which are stand-ins', async () => {
    const { body } = await it_.http.get('/v1/auth/social').expect(200);
    expect(body.items).toEqual([
      { provider: 'google', name: 'Google (local)', url: `${PUBLIC_URL}/v1/auth/social/google` },
      { provider: 'github', name: 'GitHub (local)', url: `${PUBLIC_URL}/v1/auth/social/github` },
    ]);
    const { body: problem } = await it_.http.get('/v1/auth/social/openid').expect(404);
    expect(problem.code).toBe('provider_not_found');
  });

  it('makes a new person an account with a verified address, a name, and no password', async () => {
    const { email, name } = people.newcomer;
    const guest = visitor();
    const headers = await guest.bearer(await guest.atGoogle(people.newcomer));
    expect(await me(headers)).toMatchObject({ email, name: 'Grace Hopper', emailVerified: true });
    expect(await identities(headers)).toMatchObject([{ provider: 'google', email, name }]);
    await login(email, '').expect(400);
    expect((await login(email).expect(401)).body.code).toBe('invalid_credentials');
  });

  it('makes an account that its owner can delete without a password, since it has none', async () => {
    const guest = visitor();
    const headers = await guest.bearer(await guest.atGoogle(people.leaver));
    await it_.http.delete('/v1/me').set(headers).expect(204);
    await it_.http.get('/v1/me').set(headers).expect(401);
  });

  it('works with GitHub, which has no ID tokens, by the address that GitHub has verified', async () => {
    const guest = visitor();
    const headers = await guest.bearer(await guest.atGitHub(developers.newcomer));
    expect(await me(headers)).toMatchObject({ email: developers.newcomer.email, name: 'margaret' });
  });

  it('finds the same account again, and leaves the name that its owner chose since', async () => {
    const first = visitor();
    const headers = await first.bearer(await first.atGoogle(people.regular));
    await it_.http.patch('/v1/me').set(headers).send({ name: 'A name of my own' }).expect(200);
    const second = visitor();
    const again = await me(await second.bearer(await second.atGoogle(people.regular)));
    expect(again).toMatchObject({ id: (await me(headers)).id, name: 'A name of my own' });
  });

  it.each([
    ['Google', () => visitor().atGoogle(people.unverified), people.unverified.email],
    ['GitHub', () => visitor().atGitHub(developers.unverified), developers.unverified.email],
    ['a provider that sends no address', () => visitor().atGoogle(people.nobody), 'not an address'],
  ])('lets nobody in by an address that %s does not vouch for', async (_name, arrive, email) => {
    expect((await arrive()).get('error')).toBe('social_email_unverified');
    expect(await rows('select id from users where email = $1', [email])).toEqual([]);
  });

  it('tells by an unverified address nothing about the account that has it', async () => {
    const { outsider } = it_.plan;
    people.liar.email = outsider.email;
    expect(Object.fromEntries(await visitor().atGoogle(people.liar))).toEqual({
      error: 'social_email_unverified',
      provider: 'google',
    });
    expect(await rows('select id from auth_identities where user_id = $1', [outsider.id])).toEqual([]);
  });

  it('opens an account whose address both sides have verified, and tells its owner by mail', async () => {
    const { email } = people.known;
    await it_.http
      .put('/v1/auth/email/verification')
      .send({ token: await register(email) })
      .expect(204);
    const guest = visitor();
    const headers = await guest.bearer(await guest.atGoogle(people.known));
    expect(await me(headers)).toMatchObject({ email, name: 'Stranger' });
    await login(email).expect(200);
    const mail = await eventually(() => mails.received.filter(({ to }) => to === email)[1]!.parsed, 10_000);
    expect(mail.text).toContain('The provider is google.');
    const linked = `select details from security_events where user_id = $1 and type = 'auth.identity_linked'`;
    expect(await rows(linked, [(await me(headers)).id])).toEqual([{ details: { provider: 'google' } }]);
  });

  it('leaves a stranger nothing who registered the address before its owner came', async () => {
    const { email, name } = people.victim;
    const token = await register(email);
    const guest = visitor();
    const headers = await guest.bearer(await guest.atGoogle(people.victim));
    expect(await me(headers)).toMatchObject({ email, name, emailVerified: true });
    await login(email).expect(401);
    await it_.http.put('/v1/auth/email/verification').send({ token });
    await login(email).expect(401);
  });

  it('makes one account when somebody arrives twice at once', async () => {
    const guests = Array.from({ length: 4 }, visitor);
    const told = await Promise.all(guests.map((guest) => guest.atGoogle(people.twice)));
    const arrived = guests.filter((_guest, index) => told[index]!.has('code'));
    expect(arrived.length).toBeGreaterThan(0);
    expect(told.filter((one) => !['conflicting_write', null].includes(one.get('error')))).toEqual([]);
    expect(await rows('select id from users where email = $1', [people.twice.email])).toHaveLength(1);
    expect(await rows('select id from auth_identities where email = $1', [people.twice.email])).toHaveLength(
      1,
    );
  });

  it('calls somebody whose name nobody could show by their address', async () => {
    const guest = visitor();
    const headers = await guest.bearer(await guest.atGoogle(people.nameless));
    expect((await me(headers)).name).toBe(people.nameless.email.split('@')[0]);
  });

  it('keeps what providers give to call them with sealed', async () => {
    await visitor().atGitHub(developers.sealed);
    const [row] = await rows('select * from auth_identities where email = $1', [developers.sealed.email]);
    const sealed = row!.sealed_tokens as Buffer;
    expect(sealed.length).toBeGreaterThan(60);
    expect(JSON.stringify(row) + sealed.toString('latin1')).not.toMatch(/gho_|accessToken/);
  });

  it('says so when somebody does not agree at the provider', async () => {
    expect((await visitor().atGoogle({ id: '' })).get('error')).toBe('social_sign_in_cancelled');
    expect((await visitor().atGitHub({ login: '' })).get('error')).toBe('social_sign_in_cancelled');
  });

  it('knows no organization of others', async () => {
    const [organization] = it_.plan.organizations;
    const guest = visitor();
    const told = await guest.atGoogle(
      people.regular,
      `/v1/auth/social/google?organizationId=${organization!.id}`,
    );
    const response = await guest.exchange(told.get('code'));
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'organization_not_found' }]);
  });

  it('opens a session by cookie when it is asked to', async () => {
    const guest = visitor();
    const told = await guest.atGoogle(people.regular);
    const response = await guest.exchange(told.get('code'), { transport: 'cookie' });
    expect([response.status, await response.json()]).toMatchObject([200, { tokenType: 'Cookie' }]);
    expect((await guest.browser.request(`${PUBLIC_URL}/v1/me`)).status).toBe(200);
  });

  it('ends at a page of ours that runs nothing from elsewhere, while there is no front end', async () => {
    const page = await it_.http
      .get('/sign-in')
      .expect(200)
      .expect('content-type', /^text\/html/);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    await it_.http
      .get('/sign-in/page.js')
      .expect(200)
      .expect('content-type', /^text\/javascript/);
    await it_.http.get('/sign-in/..%2f..%2fsocial.config.js').expect(404);
  });
});

import { Client } from 'pg';
import { commands } from '../../src/core/commands';
import type { SeedUser } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

describe('A disabled account', () => {
  let it_: TestApp;
  let users: SeedUser[];

  beforeAll(async () => {
    it_ = await startApp();
    users = it_.plan.organizations.flatMap((one) => one.users);
    jest.spyOn(console, 'error').mockImplementation();
  });
  afterAll(() => it_?.close());

  const login = ({ email, password }: SeedUser, options: object = {}) =>
    it_.http.post('/v1/auth/login').send({ email, password, ...options });
  const operator = (verb: 'disable' | 'enable', email: string): Promise<number> =>
    commands()
      .find(({ name }) => name === `users ${verb}`)!
      .run(it_.app, [email]);
  const me = (accessToken: string) => it_.http.get('/v1/me').auth(accessToken, { type: 'bearer' });

  it('is signed out everywhere at once, and stays out', async () => {
    const user = users[0]!;
    const { body } = await login(user).expect(200);
    const page = await login(user, { transport: 'cookie' }).set('sec-fetch-site', 'same-origin').expect(200);
    const cookie = page.headers['set-cookie']![0]!.split(';', 1)[0]!;
    await me(body.accessToken).expect(200);
    await it_.http.get('/v1/me').set('cookie', cookie).expect(200);
    expect(await operator('disable', user.email.toUpperCase())).toBe(0);
    await me(body.accessToken).expect(401);
    await it_.http.get('/v1/me').set('cookie', cookie).expect(401);
    await it_.http.post('/v1/auth/refresh').send({ refreshToken: body.refreshToken }).expect(401);
    expect((await login(user).expect(403)).body.code).toBe('account_disabled');
  });

  it('says so only to who has shown the password', async () => {
    const user = users[1]!;
    await operator('disable', user.email);
    const wrong = await login({ ...user, password: 'not the password' }).expect(401);
    const unknown = await login({ ...user, email: 'stranger@example.com' }).expect(401);
    expect(wrong.body.code).toBe('invalid_credentials');
    expect({ ...wrong.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
  });

  it('signs in again once it is enabled, with a new session', async () => {
    const user = users[3]!;
    const { body } = await login(user).expect(200);
    await operator('disable', user.email);
    await operator('enable', user.email);
    await me(body.accessToken).expect(401);
    await me((await login(user).expect(200)).body.accessToken).expect(200);
  });

  it('keeps no session of a sign-in that was under way', async () => {
    const user = users[4]!;
    const client = new Client({ connectionString: it_.database.ownerUrl });
    await client.connect();
    const waiting = async (): Promise<number> => {
      const { rows } = await client.query(`
        select count(distinct pid)::int as now from pg_locks join pg_stat_activity using (pid)
        where not granted and datname = current_database()`);
      return rows[0].now;
    };
    // Holds the sign-in up when it has made its session, and not told anybody of it.
    await client.query('begin; lock table auth_refresh_tokens in share mode');
    const signIn = login(user).then((answer) => answer);
    await eventually(async () => expect(await waiting()).toBe(1));
    let done = false;
    const disabling = operator('disable', user.email).finally(() => (done = true));
    await eventually(async () => expect(done || (await waiting()) === 2).toBe(true));
    await client.query('commit');
    const [{ body }] = await Promise.all([signIn, disabling]);
    await me(body.accessToken).expect(401);
    const { rowCount } = await client.query('select from auth_sessions where user_id = $1', [user.id]);
    await client.end();
    expect(rowCount).toBe(0);
  });

  it('is told from one that there is not, and from one that is disabled already', async () => {
    const user = users[5]!;
    expect(await operator('disable', 'stranger@example.com')).toBe(1);
    expect(await operator('disable', user.email)).toBe(0);
    expect(await operator('disable', user.email)).toBe(0);
    expect(jest.mocked(console.error)).toHaveBeenLastCalledWith(`${user.email} was disabled already`);
  });
});

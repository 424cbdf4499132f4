import { Client } from 'pg';
import type { SeedOrganization, SeedUser } from '../../src/core/seeding/seeds';
import { SessionActivity } from '../../src/modules/auth/sessions/session-activity';
import { idOf, Page, type Pair, Sessions } from './sessions.fixture';
import { startApp, type TestApp } from '../support/app';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

describe('In the list of its owner a session', () => {
  let it_: TestApp;
  let sessions: Sessions;
  let harbour: SeedOrganization;
  let tidewater: SeedOrganization;
  let user: SeedUser;

  beforeAll(async () => {
    it_ = await startApp({ TRUST_PROXY_HOPS: '1' });
    sessions = new Sessions(it_);
    [harbour, tidewater] = it_.plan.organizations as [SeedOrganization, SeedOrganization];
    user = harbour.users[2]!;
  });
  afterAll(() => it_?.close());

  const login = (who: SeedUser = user) => sessions.login(who);
  const remove = (id: string, { accessToken }: Pair) =>
    it_.http.delete(`/v1/me/sessions/${id}`).auth(accessToken, { type: 'bearer' });

  it('is shown beside the others of the same person', async () => {
    const [first, second] = [await login(), await login()];
    const items = await sessions.list(second);
    expect(items.find(({ id }) => id === idOf(second))).toMatchObject({ current: true });
    expect(items.find(({ id }) => id === idOf(first))).toMatchObject({ current: false });
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2::77', '2001:db8:1:2::/64'],
  ])('tells device, place and proof: %s', async (address, network) => {
    const { email, password } = user;
    const from = it_.http.post('/v1/auth/login').set({ 'x-forwarded-for': address, 'user-agent': FIREFOX });
    const { body } = await from.send({ email, password }).expect(200);
    const [session] = (await sessions.list(body)).filter(({ current }) => current);
    expect(session).toMatchObject({
      device: 'Firefox on Linux',
      userAgent: FIREFOX,
      network,
      transport: 'token',
      methods: ['password'],
    });
    expect(Date.now() - Date.parse(String(session!.authenticatedAt))).toBeLessThan(600_000);
    expect(session).not.toHaveProperty('address');
  });

  it('tells that it is in a cookie, and not which', async () => {
    const page = await new Page(it_).signIn(user);
    const { body } = await page.send('get', '/v1/me/sessions');
    expect(body.items.find(({ current }: { current: boolean }) => current)).toMatchObject({
      transport: 'cookie',
    });
    expect(JSON.stringify(body)).not.toMatch(/kst_|cookieHash/);
  });

  it('is ended from another session', async () => {
    const [lost, here] = [await login(), await login()];
    await sessions.me(lost).expect(200);
    await remove(idOf(lost), here).expect(204);
    await sessions.me(lost).expect(401);
    await sessions.me(here).expect(200);
    await remove(idOf(lost), here).expect(404);
  });

  it('is out of reach for everybody else', async () => {
    const [mine, theirs] = [await login(), await login(tidewater.users[0]!)];
    await remove(idOf(mine), theirs).expect(404);
    await sessions.me(mine).expect(200);
    expect((await sessions.list(theirs)).map(({ id }) => id)).not.toContain(idOf(mine));
  });

  it('is out of reach for a statement that forgot whose it is', async () => {
    const [mine, theirs] = [await login(), await login(tidewater.users[0]!)];
    const application = new Client({ connectionString: it_.database.url });
    await application.connect();
    await application.query(`select set_config('app.user_id', $1, false)`, [user.id]);
    const { rows } = await application.query('select id from auth_sessions where id = any($1)', [
      [idOf(mine), idOf(theirs)],
    ]);
    const { rowCount } = await application.query('delete from auth_passwords where user_id <> $1', [user.id]);
    await application.end();
    expect(rows).toEqual([{ id: idOf(mine) }]);
    expect(rowCount).toBe(0);
  });

  it('is ended with all the others', async () => {
    const who = harbour.users[3]!;
    const pairs = [await login(who), await login(who), await login(who)];
    await Promise.all(pairs.map((pair) => sessions.me(pair).expect(200)));
    const { accessToken } = pairs[0]!;
    await it_.http.delete('/v1/me/sessions').auth(accessToken, { type: 'bearer' }).expect(204);
    expect(await Promise.all(pairs.map((pair) => sessions.statusOf(pair)))).toEqual([401, 401, 401]);
    const told = await sessions.sql('select type from security_events where user_id = $1 order by id', [
      who.id,
    ]);
    expect(told.at(-1)).toEqual({ type: 'auth.sessions_ended' });
  });

  it('tells when it was last used, some time after a request', async () => {
    const pair = await login();
    await sessions.sql(`update auth_sessions set last_used_at = now() - interval '1 day' where id = $1`, [
      idOf(pair),
    ]);
    await sessions.me(pair).expect(200);
    await it_.app.get(SessionActivity).flush();
    const [session] = (await sessions.list(pair)).filter(({ current }) => current);
    expect(Date.now() - Date.parse(String(session!.lastUsedAt))).toBeLessThan(600_000);
  });
});

describe('With as many sessions as one may have', () => {
  let it_: TestApp;
  let sessions: Sessions;
  let users: SeedUser[];

  beforeAll(async () => {
    it_ = await startApp({ AUTH_SESSIONS_MAX: '3', AUTH_ACCOUNT_ATTEMPTS: '1000' });
    sessions = new Sessions(it_);
    users = it_.plan.organizations.flatMap((one) => one.users);
  });
  afterAll(() => it_?.close());

  const usedAgo = (pair: Pair, minutes: number) =>
    sessions.sql('update auth_sessions set last_used_at = now() - make_interval(mins => $2) where id = $1', [
      idOf(pair),
      minutes,
    ]);
  const countOf = async ({ id }: SeedUser) =>
    (await sessions.sql('select count(*)::int from auth_sessions where user_id = $1', [id]))[0]!.count;

  it('one more ends the one that was used least, and nobody else’s', async () => {
    const [user, neighbour] = users as [SeedUser, SeedUser];
    const theirs = await sessions.login(neighbour);
    const pairs = [await sessions.login(user), await sessions.login(user), await sessions.login(user)];
    for (const [index, minutes] of [20, 60, 40].entries()) await usedAgo(pairs[index]!, minutes);
    await Promise.all(pairs.map((pair) => sessions.me(pair).expect(200)));
    pairs.push(await sessions.login(user));
    expect(await Promise.all(pairs.map((pair) => sessions.statusOf(pair)))).toEqual([200, 401, 200, 200]);
    await sessions.refresh(pairs[1]!.refreshToken).expect(401);
    await sessions.me(theirs).expect(200);
  });

  it('one that was opened and never used stays, when the others are used all the time', async () => {
    const user = users[2]!;
    const pairs = [await sessions.login(user), await sessions.login(user), await sessions.login(user)];
    for (const pair of pairs) await usedAgo(pair, -60);
    const newest = await sessions.login(user);
    await sessions.me(newest).expect(200);
    expect(await countOf(user)).toBe(3);
  });

  it('fifty sign-ins at once leave exactly as many', async () => {
    const user = users[3]!;
    const pairs = await Promise.all(Array.from({ length: 50 }, () => sessions.login(user)));
    expect(await countOf(user)).toBe(3);
    const statuses = await Promise.all(pairs.map((pair) => sessions.statusOf(pair)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
  });

  it('a browser that signs in again takes no other’s place', async () => {
    const user = users[4]!;
    const pairs = [await sessions.login(user), await sessions.login(user)];
    const page = await new Page(it_).signIn(user);
    await page.signIn(user);
    expect(await Promise.all(pairs.map((pair) => sessions.statusOf(pair)))).toEqual([200, 200]);
    expect(await page.status()).toBe(200);
  });
});

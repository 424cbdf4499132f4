import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import request from 'supertest';
import { Authentication } from '../../src/core/auth/authentication';
import type { SeedOrganization, SeedUser } from '../../src/core/seeding/seeds';
import { Page, Sessions } from './sessions.fixture';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

const NAME = '__Host-keelson_session';
const OUR_SITE = { PUBLIC_URL: 'https://app.example', CORS_ORIGINS: 'https://front.example' };

describe('A session in a cookie', () => {
  let it_: TestApp;
  let sessions: Sessions;
  let harbour: SeedOrganization;
  let tidewater: SeedOrganization;
  let user: SeedUser;
  let other: SeedUser;

  beforeAll(async () => {
    it_ = await startApp(OUR_SITE);
    sessions = new Sessions(it_);
    [harbour, tidewater] = it_.plan.organizations as [SeedOrganization, SeedOrganization];
    user = harbour.users[2]!;
    other = tidewater.users[1]!;
  });
  afterAll(() => it_?.close());

  const signIn = (who = user) => new Page(it_).signIn(who);
  const rowOf = async ({ cookie }: Page) => {
    const [row] = await sessions.sql(
      `select id, s::text as stored from auth_sessions s
       where cookie_hash = sha256(convert_to('session:' || $1, 'utf8'))`,
      [cookie.split('=')[1]],
    );
    return row as { id: string; stored: string } | undefined;
  };

  it('is for this host alone and out of reach for scripts, and the page gets no token', async () => {
    const page = new Page(it_);
    const { email, password } = user;
    const { body } = await page.send('post', '/v1/auth/login', { email, password, transport: 'cookie' });
    expect(body).toEqual({ tokenType: 'Cookie', expiresIn: 1_209_600 });
    expect(page.line).toMatch(
      /^__Host-keelson_session=kst_[\w-]{43}; Path=\/; Max-Age=7776000; HttpOnly; Secure; SameSite=Strict$/,
    );
    const me = await page.send('get', '/v1/me');
    expect(me.body).toMatchObject({ id: user.id });
  });

  it('is kept as a hash, and nothing that it could be used with', async () => {
    const page = await signIn();
    const { id, stored } = (await rowOf(page))!;
    expect(stored).not.toContain(page.cookie.slice(-43));
    expect(await sessions.sql('select from auth_refresh_tokens where session_id = $1', [id])).toEqual([]);
  });

  it('is never one that somebody planted before the sign-in', async () => {
    const page = new Page(it_);
    page.cookie = `${NAME}=kst_${'A'.repeat(43)}`;
    const planted = page.copy();
    await page.signIn(user);
    expect(page.cookie).not.toBe(planted.cookie);
    expect([await page.status(), await planted.status()]).toEqual([200, 401]);
  });

  it('takes the place of the one that the browser had, which ends', async () => {
    const page = await signIn();
    const before = page.copy();
    await page.signIn(other);
    expect([await page.status(), await before.status()]).toEqual([200, 401]);
  });

  it('does not count beside an Authorization header, right or wrong', async () => {
    const page = await signIn();
    const { accessToken } = await sessions.login(other);
    const as = (authorization: string) => page.send('patch', '/v1/me', {}, { authorization });
    expect((await as(`Bearer ${accessToken}`)).body.id).toBe(other.id);
    for (const wrong of ['', 'Bearer x', 'Basic eA==']) expect((await as(wrong)).status).toBe(401);
  });

  it('is no token, and no token is one', async () => {
    const page = await signIn();
    const { accessToken, refreshToken } = await sessions.login(user);
    await sessions.me({ accessToken: page.cookie.split('=')[1]! }).expect(401);
    expect((await sessions.refresh(page.cookie.split('=')[1]!)).status).toBe(401);
    for (const value of [accessToken, refreshToken, '', 'kst_', `kst_${"'".repeat(43)}`]) {
      page.cookie = `${NAME}=${value}`;
      expect(await page.status()).toBe(401);
    }
  });

  it.each([
    'keelson_session',
    '__host-keelson_session',
    '\u00a0__Host-keelson_session',
    'x__Host-keelson_session',
  ])('is not taken from a cookie that another host could set: %j', async (name) => {
    const page = await signIn();
    page.cookie = page.cookie.replace(NAME, Buffer.from(name).toString('latin1'));
    expect(await page.status()).toBe(401);
  });

  it('ends by a logout, which takes the cookie back', async () => {
    const page = await signIn();
    const kept = page.copy();
    expect((await page.send('post', '/v1/auth/logout')).status).toBe(204);
    expect(page.line).toBe(
      `${NAME}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure`,
    );
    expect(await kept.status()).toBe(401);
  });

  it.each([
    ['all are', async () => '/v1/me/sessions'],
    ['it is, from the list,', async (page: Page) => `/v1/me/sessions/${(await rowOf(page))!.id}`],
  ])('is taken back when %s ended', async (_which, path) => {
    const page = await signIn();
    const kept = page.copy();
    expect((await page.send('delete', await path(page))).status).toBe(204);
    expect(page.cookie).toBe('');
    expect(await kept.status()).toBe(401);
  });

  it('works in the organization of its row, and no token is needed to change it', async () => {
    const page = await signIn();
    const path = '/v1/auth/session/organization';
    const { body } = await page.send('put', path, { organizationId: harbour.id });
    expect(body).toEqual({ tokenType: 'Cookie', expiresIn: expect.any(Number) });
    const shown = await page.send('get', '/v1/me/permissions');
    expect(shown.body).toMatchObject({ organizationId: harbour.id });
    expect((await page.send('put', path, { organizationId: tidewater.id })).status).toBe(404);
  });

  it('goes on without an organization when its owner does not belong to that any more', async () => {
    const page = await signIn();
    const { id } = (await rowOf(page))!;
    await sessions.sql('update auth_sessions set organization_id = $2 where id = $1', [id, tidewater.id]);
    await it_.app.get(Authentication).invalidate({ sessionId: id });
    const { body } = await page.send('get', '/v1/me/permissions');
    expect(body).toEqual({ organizationId: null, role: null, permissions: [] });
  });

  it.each([
    ['for want of use', `last_used_at = now() - interval '15 days'`],
    ['at its last day however much it is used', 'expires_at = now()'],
  ])('is over %s', async (_when, change) => {
    const page = await signIn();
    expect(await page.status()).toBe(200);
    const { id } = (await rowOf(page))!;
    await sessions.sql(`update auth_sessions set ${change} where id = $1`, [id]);
    await it_.app.get(Authentication).invalidate({ sessionId: id });
    expect(await page.status()).toBe(401);
  });

  it('asks the sessions of the database nothing once it is known', async () => {
    const page = await signIn();
    const locker = new Client({ connectionString: it_.database.ownerUrl });
    await locker.connect();
    // On a busy machine the seconds may pass for which it is believed.
    await eventually(async () => {
      expect(await page.status()).toBe(200);
      await locker.query('begin; lock table auth_sessions in access exclusive mode');
      const status = await page.status();
      await locker.query('rollback');
      expect(status).toBe(200);
    });
    await locker.end();
  });

  describe('on two instances', () => {
    let second: NestFastifyApplication;
    beforeAll(async () => {
      second = await it_.another();
      await second.listen(0, '127.0.0.1');
    });
    afterAll(() => second?.close());

    it('ends on both within a second', async () => {
      const page = await signIn();
      const there = request(await second.getUrl());
      const ask = () => there.get('/v1/me').set('cookie', page.cookie);
      await ask().expect(200);
      const { cookie } = page;
      await page.send('delete', '/v1/me/sessions');
      await eventually(() => there.get('/v1/me').set('cookie', cookie).expect(401), 10_000);
    });
  });
});

describe('Without https a session in a cookie', () => {
  let it_: TestApp;
  beforeAll(async () => {
    it_ = await startApp({ PUBLIC_URL: 'http://127.0.0.1:3000', CORS_ORIGINS: '' });
  });
  afterAll(() => it_?.close());

  it('has a name that a browser takes on a machine of a developer', async () => {
    const page = await new Page(it_).signIn(it_.plan.outsider);
    expect(page.line).toMatch(
      /^keelson_session=kst_[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
    );
    expect(await page.status()).toBe(200);
  });
});

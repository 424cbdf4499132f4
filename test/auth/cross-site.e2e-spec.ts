import { readConfiguration } from '../../src/core/config/configuration';
import type { SeedUser } from '../../src/core/seeding/seeds';
import { passkeysConfig } from '../../src/modules/auth/passkeys/passkeys.config';
import { Page, Sessions } from './sessions.fixture';
import { startApp, type TestApp } from '../support/app';
import { Authenticator } from '../support/authenticator';
import { ORIGIN, Passkeys } from '../support/passkeys';

const ANDROID_APP = `android:apk-key-hash:${'k'.repeat(43)}`;
const OUR_SITE = {
  PUBLIC_URL: 'https://app.example',
  CORS_ORIGINS: 'https://front.example',
  AUTH_PASSKEY_RP_ID: 'example.com',
  AUTH_PASSKEY_ORIGINS: `https://app.example.com,${ANDROID_APP}`,
};

/** What browsers say of requests that somebody else's page made them send. */
const FOREIGN: [string, Record<string, string>][] = [
  ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['another host of our domain', { 'sec-fetch-site': 'same-site', origin: 'https://blog.app.example' }],
  ['the same host on another port', { 'sec-fetch-site': 'same-site', origin: 'https://app.example:8443' }],
  ['the same host without https', { origin: 'http://app.example' }],
  ['an origin that begins like ours', { origin: 'https://app.example.evil.example' }],
  ['an origin that ends like ours', { origin: 'https://evilapp.example' }],
  ['a sandboxed frame', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
  ['an old browser, from elsewhere', { origin: 'https://evil.example' }],
  ['a page of which nothing is said', {}],
  ['no page at all', { 'sec-fetch-site': 'none' }],
  ['a page that only sent its address', { referer: 'https://app.example/settings' }],
];

let it_: TestApp;
let user: SeedUser;

beforeAll(async () => {
  it_ = await startApp(OUR_SITE);
  user = it_.plan.outsider;
});
afterAll(() => it_?.close());

describe('With the cookie of a session', () => {
  let page: Page;
  beforeAll(async () => {
    page = await new Page(it_).signIn(user);
  });

  const nameOf = async () => (await page.send('get', '/v1/me')).body.name;

  it.each(FOREIGN)('%s changes nothing', async (_who, headers) => {
    const before = await nameOf();
    const { status, body } = await page.send('patch', '/v1/me', { name: 'Mallory' }, headers);
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'cross_site_request' });
    expect(await nameOf()).toBe(before);
  });

  it.each(['post', 'put', 'patch', 'delete'] as const)('a foreign page is refused %s', async (method) => {
    const paths = { post: '/v1/auth/logout', put: '/v1/auth/password', patch: '/v1/me', delete: '/v1/me' };
    const { body } = await page.send(method, paths[method], {}, { 'sec-fetch-site': 'cross-site' });
    expect(body.code).toBe('cross_site_request');
    expect(await page.status()).toBe(200);
  });

  it.each([
    ['without a type', {}, 'cross_site_request'],
    ['of plain text', { 'content-type': 'text/plain' }, 'unsupported_media_type'],
    ['of a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'unsupported_media_type'],
  ])('refuses an empty body %s from a foreign page', async (_which, type, code) => {
    for (const [, headers] of FOREIGN) {
      const { body } = await page.send('post', '/v1/auth/logout', undefined, { ...headers, ...type });
      expect(body).toMatchObject({ code });
    }
    expect(await page.status()).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['of this server', { 'sec-fetch-site': 'same-origin', origin: 'https://app.example' }],
    ['of this server, in an old browser', { origin: 'https://app.example' }],
    ['of a listed origin', { 'sec-fetch-site': 'same-site', origin: 'https://front.example' }],
  ])('a page %s writes', async (_which, headers) => {
    expect((await page.send('patch', '/v1/me', { name: 'Ada' }, headers)).status).toBe(200);
  });

  it('anybody’s link may lead to what only reads', async () => {
    const { status } = await page.send('get', '/v1/me', undefined, { 'sec-fetch-site': 'cross-site' });
    expect(status).toBe(200);
  });

  it('only pages of listed origins may read answers across origins', async () => {
    const from = async (origin: string) => (await page.send('get', '/v1/me', undefined, { origin })).headers;
    expect(await from('https://front.example')).toMatchObject({
      'access-control-allow-origin': 'https://front.example',
      'access-control-allow-credentials': 'true',
      vary: expect.stringContaining('Origin'),
    });
    const foreign = await from('https://evil.example');
    expect(foreign).not.toHaveProperty('access-control-allow-origin');
    expect(foreign).not.toHaveProperty('access-control-allow-credentials');
  });
});

describe('A foreign page', () => {
  it.each(FOREIGN)('cannot sign a browser in to an account of its own: %s', async (_who, headers) => {
    const { email, password } = user;
    const victim = new Page(it_);
    const body = { email, password, transport: 'cookie' };
    const answer = await victim.send('post', '/v1/auth/login', body, headers);
    expect(answer.body.code).toBe('cross_site_request');
    expect(victim.line).toBe('');
  });

  it('cannot send a form that is taken for JSON', async () => {
    const form = it_.http.post('/v1/auth/login').set('content-type', 'text/plain');
    await form.send(JSON.stringify({ email: user.email, password: user.password })).expect(415);
  });

  it('is no matter for programs, which send a token with each request', async () => {
    const { accessToken } = await new Sessions(it_).login(user);
    await it_.http.patch('/v1/me').auth(accessToken, { type: 'bearer' }).send({ name: 'Ada' }).expect(200);
  });
});

describe('The home of passkeys', () => {
  const settings = (env: Record<string, string>) => () => readConfiguration(passkeysConfig, env);

  it.each([
    'https://app.example.com/',
    'https://app.example.com/login',
    'https://*.example.com',
    'app.example.com',
    'null',
    'javascript:alert(1)',
  ])('is no origin when it is %s', (origin) => {
    expect(settings({ AUTH_PASSKEY_ORIGINS: `https://example.com,${origin}` })).toThrow('is not an origin');
  });

  it.each(['https://example.com', 'Example.com', 'example.com:443', '*.example.com'])(
    'is no domain when it is %s',
    (domain) => {
      expect(settings({ AUTH_PASSKEY_RP_ID: domain })).toThrow('is not a domain');
    },
  );

  it('is where the settings say, and nowhere else', async () => {
    const passkeys = await new Passkeys(it_).prepare(2);
    for (const origin of ['https://app.example.com', ANDROID_APP]) {
      const device = new Authenticator(origin);
      await passkeys.owner(device);
      expect(await passkeys.enter(device)).toMatchObject({ status: 200 });
    }
    for (const origin of [ORIGIN, 'https://app.example', 'https://front.example']) {
      const elsewhere = await passkeys.register(await passkeys.person(), new Authenticator(origin));
      expect(elsewhere).toMatchObject({ status: 400, body: { code: 'passkey_not_registered' } });
    }
  });
});

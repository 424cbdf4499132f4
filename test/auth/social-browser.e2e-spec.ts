import type { ServerResponse } from 'node:http';
import { GITHUB_CLIENT } from '../../scripts/github-stand-in.mjs';
import { GOOGLE_CLIENT } from '../../scripts/identity-provider.mjs';
import { readConfiguration } from '../../src/core/config/configuration';
import { socialConfig } from '../../src/modules/auth/social/social.config';
import { startApp, type TestApp } from '../support/app';
import { CLIENT, HostileProvider } from '../support/hostile-provider';
import { Browser } from '../support/http-browser';
import { PUBLIC_URL } from '../support/social';
import { freePorts } from '../support/start-process';

const NO_TOKEN = { access_token: 'x', token_type: 'Bearer', id_token: 'a.b.c' };
const CALLBACK = '/v1/auth/social/openid/callback';

describe('The settings of a provider', () => {
  it.each([
    ['GOOGLE_CLIENT_SECRET', GOOGLE_CLIENT.secret],
    ['GITHUB_CLIENT_SECRET', GITHUB_CLIENT.secret],
    ['OPENID_ISSUER_URL', 'http://provider.example'],
  ])('are refused by production with the development value of %s', (variable, value) => {
    const mode = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      const refused = () => readConfiguration(socialConfig, { NODE_ENV: 'production', [variable]: value });
      expect(refused).toThrow(variable);
    } finally {
      process.env.NODE_ENV = mode;
    }
  });
});

describe('The way to a provider and back', () => {
  let it_: TestApp;
  let provider: HostileProvider;

  beforeAll(async () => {
    provider = await new HostileProvider().start();
    const [dead] = await freePorts(1);
    it_ = await startApp({
      PUBLIC_URL,
      AUTH_PAGES_URL: 'https://app.example/account',
      CORS_ORIGINS: 'https://other.example',
      // Longer than a busy machine takes for an honest answer.
      AUTH_SOCIAL_TIMEOUT_MS: '2000',
      OPENID_ISSUER_URL: provider.url,
      OPENID_CLIENT_ID: CLIENT.id,
      OPENID_CLIENT_SECRET: CLIENT.secret,
      GOOGLE_ISSUER_URL: `http://127.0.0.1:${dead}`,
      GOOGLE_CLIENT_ID: 'nobody-home',
    });
  });
  afterAll(async () => {
    await it_?.close();
    await provider?.close();
  });

  const newBrowser = () => new Browser(PUBLIC_URL, it_.url);
  const nonces = new Map<string, string>();
  const begin = async (browser: Browser, query = '') => {
    const response = await browser.request(`${PUBLIC_URL}/v1/auth/social/openid${query}`);
    const { searchParams } = new URL(response.headers.get('location')!);
    const state = searchParams.get('state')!;
    nonces.set(state, searchParams.get('nonce')!);
    provider.misdeed = {};
    return { state, setCookie: response.headers.getSetCookie().join() };
  };
  /** Comes back as somebody whom nobody knows yet. */
  const comeBack = (browser: Browser, state: string, path = CALLBACK) => {
    const email = `${state.toLowerCase().slice(0, 20)}@provider.example`;
    const claims = { nonce: nonces.get(state), sub: state, email, email_verified: true };
    provider.misdeed = { ...provider.misdeed, claims };
    const query = new URLSearchParams({ state, code: 'a-code', iss: provider.url });
    return browser.request(`${PUBLIC_URL}${path}?${query}`);
  };
  const codeOf = async (browser: Browser, query?: string) => {
    const { state } = await begin(browser, query);
    const location = (await comeBack(browser, state)).headers.get('location')!;
    return new URLSearchParams(new URL(location).hash.slice(1)).get('code');
  };
  const exchange = (browser: Browser, code: string | null) =>
    browser.request(`${PUBLIC_URL}/v1/auth/social/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
  const refusal = async (response: Response) => {
    const { code } = (await response.json()) as { code: string };
    return [response.status, code];
  };
  const NOT_USABLE = [400, 'social_flow_not_usable'];

  it('is bound to the browser by a cookie that no script reads and that ends soon', async () => {
    const { setCookie } = await begin(newBrowser());
    expect(setCookie).toMatch(/^__Host-keelson_social=[\w-]{43};/);
    for (const attribute of [
      /; *httponly/i,
      /; *secure/i,
      /samesite=lax/i,
      /max-age=600/i,
      /path=\/(;|$)/i,
    ]) {
      expect(setCookie).toMatch(attribute);
    }
  });

  it('is refused with a state that is missing, made up, or of another browser', async () => {
    const browser = newBrowser();
    const { state } = await begin(browser);
    const without = await browser.request(`${PUBLIC_URL}${CALLBACK}?code=a-code`);
    expect(await refusal(without)).toEqual([400, 'validation_failed']);
    expect(await refusal(await comeBack(browser, `kss_${'a'.repeat(43)}`))).toEqual(NOT_USABLE);
    expect(await refusal(await comeBack(newBrowser(), state))).toEqual(NOT_USABLE);
    const other = newBrowser();
    await begin(other);
    const mine = await begin(browser);
    expect(await refusal(await comeBack(other, mine.state))).toEqual(NOT_USABLE);
  });

  it('is refused at the callback of another provider', async () => {
    const browser = newBrowser();
    const { state } = await begin(browser);
    const elsewhere = await comeBack(browser, state, '/v1/auth/social/google/callback');
    expect(await refusal(elsewhere)).toEqual(NOT_USABLE);
  });

  it('is gone once, also for many who come back at once', async () => {
    const browser = newBrowser();
    const { state } = await begin(browser);
    const answers = await Promise.all(Array.from({ length: 6 }, () => comeBack(browser, state)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 400, 400, 400, 400, 400]);
    expect((await comeBack(browser, state)).status).toBe(400);
  });

  it('can be gone in two tabs of one browser at a time', async () => {
    const browser = newBrowser();
    const [first, second] = [await begin(browser), await begin(browser)];
    for (const { state } of [second, first]) {
      expect((await comeBack(browser, state)).headers.get('location')).toContain('#code=ksc_');
    }
  });

  it('ends in a code that works once, in the same browser, and in no other', async () => {
    const browser = newBrowser();
    const code = await codeOf(browser);
    expect((await exchange(browser, code)).status).toBe(200);
    expect(await refusal(await exchange(browser, code))).toEqual([400, 'challenge_not_usable']);
    const stolen = await codeOf(browser);
    expect(await refusal(await exchange(newBrowser(), stolen))).toEqual([400, 'challenge_not_usable']);
    expect((await exchange(browser, stolen)).status).toBe(400);
  });

  it('ends in a code that one of many gets tokens for', async () => {
    const browser = newBrowser();
    const code = await codeOf(browser);
    const answers = await Promise.all(Array.from({ length: 6 }, () => exchange(browser, code)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400, 400]);
  });

  it('puts no token into an address, and what it tells where no server sees it', async () => {
    const browser = newBrowser();
    const { state } = await begin(browser);
    const location = (await comeBack(browser, state)).headers.get('location')!;
    expect(location).toMatch(/^https:\/\/app\.example\/account\/sign-in#code=ksc_[\w-]{43}$/);
  });

  it.each([
    'https://evil.example/',
    'https://app.example.evil.example/',
    'https://app.example@evil.example/',
    'https://app.example:8443/',
    'http://app.example/',
    'https://evil.example\\@app.example/',
    'https://user@app.example/',
    '//evil.example/',
    '/sign-in',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://app.example%2eevil.example/',
  ])('never leads to %s', async (address) => {
    const query = `?returnTo=${encodeURIComponent(address)}`;
    const response = await newBrowser().request(`${PUBLIC_URL}/v1/auth/social/openid${query}`);
    expect(await refusal(response)).toEqual([400, 'return_to_not_allowed']);
  });

  it('leads to pages of the front ends that are set up', async () => {
    for (const address of ['https://app.example/x?y=1', 'https://other.example/']) {
      const browser = newBrowser();
      const { state } = await begin(browser, `?returnTo=${encodeURIComponent(address)}`);
      const location = (await comeBack(browser, state)).headers.get('location')!;
      expect(location.startsWith(`${address}#code=ksc_`)).toBe(true);
    }
  });

  it('has no page of ours at its end where there is a front end', async () => {
    await it_.http.get('/sign-in').expect(404);
    await it_.http.get('/sign-in/page.js').expect(404);
  });

  const send =
    (status: number, body: string, type = 'application/json') =>
    (response: ServerResponse) =>
      void response.writeHead(status, { 'content-type': type }).end(body);
  const failures: [string, string, (response: ServerResponse) => void][] = [
    ['never answers', '/token', () => undefined],
    ['stops in the middle of its answer', '/token', (response) => response.write('{"access_')],
    ['hangs up', '/token', (response) => response.destroy()],
    ['answers with a page', '/token', send(200, '<h1>Moved</h1>', 'text/html')],
    ['answers with broken JSON', '/token', send(200, '{"access_token":')],
    ['answers with an error of its own', '/token', send(500, '{}')],
    ['answers with an ID token that is none', '/token', send(200, JSON.stringify(NO_TOKEN))],
    ['answers without end', '/token', send(200, `"${'x'.repeat(600_000)}"`)],
  ];
  it.each(failures)('says so when the provider %s', async (_title, path, answer) => {
    const browser = newBrowser();
    const { state } = await begin(browser);
    provider.misdeed = { ...provider.misdeed, at: { path, answer } };
    const location = (await comeBack(browser, state)).headers.get('location')!;
    expect(location).toContain('#error=provider_unavailable');
  });

  it('is not begun with a provider that is down', async () => {
    const response = await it_.http.get('/v1/auth/social/google').expect(503);
    expect(response.body.code).toBe('provider_unavailable');
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  });
});

import type { Browser, Page } from 'playwright-core';
import { startProviders } from '../../scripts/providers.mjs';
import type { SeedUser } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';
import { addAuthenticator, findChromium, openPage, startChromium } from '../support/chromium';
import { freePorts } from '../support/start-process';

const there = findChromium();
if (!there) console.warn('There is no Chromium on this machine: the tests in a browser are skipped.');

(there ? describe : describe.skip)('In a browser', () => {
  let it_: TestApp;
  let providers: Awaited<ReturnType<typeof startProviders>>;
  let browser: Browser;
  let owner: SeedUser;
  let origin: string;

  beforeAll(async () => {
    const [port] = await freePorts(1);
    // Browsers give passkeys to secure contexts only, and to no IP address: localhost is the exception.
    origin = `http://localhost:${port}`;
    const portOf = () => 0;
    providers = await startProviders({ env: {}, portOf, publicUrl: origin });
    it_ = await startApp({ PORT: String(port), PUBLIC_URL: origin, ...providers.settings });
    owner = it_.plan.organizations[0]!.users[0]!;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await it_?.close();
    await providers?.close();
  });

  /** Sends JSON from the page, as a front end does. */
  const send = (page: Page, route: string, body?: unknown, token?: string) =>
    page.evaluate(
      async (request) => {
        const headers: Record<string, string> = {};
        if (request.body) headers['content-type'] = 'application/json';
        if (request.token) headers.authorization = `Bearer ${request.token}`;
        const [method, path] = request.route.split(' ');
        const answer = await fetch(path!, { method, headers, body: request.body });
        const text = await answer.text();
        return { status: answer.status, body: text ? JSON.parse(text) : undefined };
      },
      { route, token, body: body === undefined ? undefined : JSON.stringify(body) },
    );

  /** What the browser answers to the options, or the name of its error. */
  const ask = (page: Page, call: 'create' | 'get', publicKey: unknown) =>
    page.evaluate(
      async ([kind, options]) => {
        const parse = kind === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON';
        const browserOf = globalThis as never as {
          PublicKeyCredential: Record<string, (options: unknown) => unknown>;
          navigator: { credentials: Record<string, (o: unknown) => Promise<{ toJSON(): unknown }>> };
        };
        const parsed = browserOf.PublicKeyCredential[parse]!(options);
        return browserOf.navigator.credentials[kind]!({ publicKey: parsed }).then(
          (credential) => credential.toJSON(),
          (error: Error) => error.name,
        );
      },
      [call, publicKey] as const,
    );

  const register = async (page: Page, token: string) => {
    const { body } = await send(page, 'POST /v1/me/passkeys/options', undefined, token);
    const credential = await ask(page, 'create', body.publicKey);
    const passkey = { challenge: body.challenge, name: 'This laptop', credential };
    return { credential, send: () => send(page, 'POST /v1/me/passkeys', passkey, token) };
  };

  it('somebody signs in with the local provider', async () => {
    const page = await openPage(browser, `${origin}/sign-in`);
    await page.getByRole('link', { name: 'Sign in with Google (local)' }).click();
    await page.getByRole('button', { name: 'Grace Hopper' }).click();
    const result = page.getByRole('status');
    await result.getByText('You are signed in as Grace Hopper <grace@provider.example>.').waitFor();
    expect(page.url()).toBe(`${origin}/sign-in`);
  });

  it('a passkey is made, and afterwards lets its owner in alone', async () => {
    const page = await openPage(browser, `${origin}/docs`);
    const authenticator = await addAuthenticator(page);
    const { email, password } = owner;
    const { body: first } = await send(page, 'POST /v1/auth/login', { email, password });
    const made = await register(page, first.accessToken);
    expect(await made.send()).toMatchObject({ status: 201, body: { name: 'This laptop' } });
    expect(await authenticator.count()).toBe(1);
    expect((await register(page, first.accessToken)).credential).toBe('InvalidStateError');
    const { refreshToken } = first;
    expect(await send(page, 'POST /v1/auth/logout', { refreshToken }, first.accessToken)).toMatchObject({
      status: 204,
    });
    expect(await send(page, 'GET /v1/me', undefined, first.accessToken)).toMatchObject({ status: 401 });

    const { body: options } = await send(page, 'POST /v1/auth/passkeys/options');
    const credential = await ask(page, 'get', options.publicKey);
    const answer = { challenge: options.challenge, credential };
    const { status, body: pair } = await send(page, 'POST /v1/auth/passkeys', answer);
    expect(status).toBe(200);
    expect(await send(page, 'GET /v1/me', undefined, pair.accessToken)).toMatchObject({
      body: { id: owner.id },
    });
    expect(await send(page, 'POST /v1/auth/passkeys', answer)).toMatchObject({ status: 400 });
  });
});

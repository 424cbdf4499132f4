import { SignJWT } from 'jose';
import { startApp, type TestApp } from '../support/app';
import { type Claims, CLIENT, HostileProvider, type Misdeed } from '../support/hostile-provider';
import { Browser } from '../support/http-browser';
import { PUBLIC_URL, rowsOf } from '../support/social';

const HONEST = { email: 'owner@hostile.example', email_verified: true, name: 'Owner' };
const now = () => Math.floor(Date.now() / 1000);
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A sign-in up to the point where the provider answers. */
interface Begun {
  browser: Browser;
  state: string;
  nonce: string;
  url: URL;
}

describe('A hostile OpenID provider', () => {
  let it_: TestApp;
  let provider: HostileProvider;

  beforeAll(async () => {
    provider = await new HostileProvider().start();
    it_ = await startApp({
      PUBLIC_URL,
      OPENID_ISSUER_URL: provider.url,
      OPENID_CLIENT_ID: CLIENT.id,
      OPENID_CLIENT_SECRET: CLIENT.secret,
      OPENID_NAME: 'Anybody',
    });
  });
  afterAll(async () => {
    await it_?.close();
    await provider?.close();
  });

  const begin = async (): Promise<Begun> => {
    const browser = new Browser(PUBLIC_URL, it_.url);
    const response = await browser.request(`${PUBLIC_URL}/v1/auth/social/openid`);
    const url = new URL(response.headers.get('location')!);
    const [state, nonce] = [url.searchParams.get('state')!, url.searchParams.get('nonce')!];
    return { browser, state, nonce, url };
  };
  const comeBack = ({ browser, state }: Begun, parameters: Record<string, string> = {}) => {
    const query = new URLSearchParams({ state, code: 'a-code', iss: provider.url, ...parameters });
    return browser.request(`${PUBLIC_URL}/v1/auth/social/openid/callback?${query}`);
  };
  /** What the page is told after a flow in which the provider does this. */
  const arrive = async (misdeed: Misdeed, claims: Claims = HONEST) => {
    const begun = await begin();
    provider.misdeed = { ...misdeed, claims: { nonce: begun.nonce, ...claims, ...misdeed.claims } };
    const response = await comeBack(begun);
    expect(response.status).toBe(303);
    return new URLSearchParams(new URL(response.headers.get('location')!).hash.slice(1));
  };
  const identities = () => rowsOf(it_.database, 'select id from auth_identities', []);

  it('lets somebody in while it is honest, so that what follows is refused for its own reason', async () => {
    const told = await arrive({ claims: { sub: 'honest', email: 'honest@hostile.example' } });
    expect(told.get('code')).toMatch(/^ksc_[\w-]{43}$/);
  });

  const misdeeds: [string, () => Misdeed | Promise<Misdeed>][] = [
    [
      'without a signature (alg none)',
      async () => {
        const claims = {
          iss: provider.url,
          aud: CLIENT.id,
          sub: 'x',
          iat: now(),
          exp: now() + 60,
          ...HONEST,
        };
        return { idToken: `${encoded({ alg: 'none' })}.${encoded(claims)}.` };
      },
    ],
    [
      'that is signed with the client secret (HS256)',
      () => ({ header: { alg: 'HS256' }, key: new TextEncoder().encode(CLIENT.secret) }),
    ],
    [
      'that is signed with the public key as if it were a secret (HS256)',
      async () => ({ header: { alg: 'HS256' }, key: await provider.publicKeyAsSecret() }),
    ],
    ['that is signed with the key of somebody else', () => ({ key: provider.foreign.privateKey })],
    ['of a key that the provider does not publish', () => ({ header: { kid: 'unknown' } })],
    [
      'in an algorithm that the key is not for',
      async () => ({ header: { alg: 'PS256' }, key: await provider.keyFor('PS256') }),
    ],
    ['whose header asks for what nobody knows (crit)', () => ({ header: { crit: ['b64'], b64: true } })],
    ['of another issuer', () => ({ claims: { iss: 'https://accounts.google.com' } })],
    ['without an issuer', () => ({ claims: { iss: undefined } })],
    ['for another client', () => ({ claims: { aud: 'another-client' } })],
    ['for us and others, without saying for whom (azp)', () => ({ claims: { aud: [CLIENT.id, 'other'] } })],
    [
      'for us and others, which was made for another (azp)',
      () => ({ claims: { aud: [CLIENT.id, 'other'], azp: 'other' } }),
    ],
    ['for us alone, which was made for another (azp)', () => ({ claims: { azp: 'other' } })],
    ['that has expired', () => ({ claims: { iat: now() - 400, exp: now() - 100 } })],
    ['that does not expire', () => ({ claims: { exp: undefined } })],
    ['that is not valid yet (nbf)', () => ({ claims: { nbf: now() + 600 } })],
    ['that was made in the far future (iat)', () => ({ claims: { iat: now() + 3600, exp: now() + 7200 } })],
    ['that was made long ago, and lives for years (iat)', () => ({ claims: { iat: now() - 86_400 } })],
    ['without the time at which it was made (iat)', () => ({ claims: { iat: undefined } })],
    ['without a nonce', () => ({ claims: { nonce: undefined } })],
    ['with a nonce that we never gave', () => ({ claims: { nonce: 'a'.repeat(43) } })],
    ['with the nonce of another browser', async () => ({ claims: { nonce: (await begin()).nonce } })],
    ['without a subject', () => ({ claims: { sub: undefined } })],
    ['with a subject that is no text', () => ({ claims: { sub: 7 } })],
    [
      'that belongs to another access token (at_hash)',
      () => ({ claims: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } }),
    ],
    [
      'beside a profile of somebody else (userinfo)',
      () => ({ claims: { email: undefined }, userinfo: { ...HONEST, sub: 'subject-2' } }),
    ],
    ['that is an access token of ours', async () => ({ idToken: await forgedAsOurs() })],
  ];
  const forgedAsOurs = () =>
    new SignJWT({ sub: 'x' })
      .setProtectedHeader({ alg: 'RS256', kid: 'own', typ: 'at+jwt' })
      .sign(provider.own.privateKey);

  it.each(misdeeds)('gets nobody in with an ID token %s', async (_title, misdeed) => {
    const before = await identities();
    const told = await arrive(await misdeed());
    expect(Object.fromEntries(told)).toEqual({ error: 'social_sign_in_refused', provider: 'openid' });
    expect(await identities()).toEqual(before);
  });

  it('does not make us ask for a key at an address that stands in its token (jku, x5u, jwk)', async () => {
    const address = `${provider.url}/their-keys`;
    const key = provider.foreign.privateKey;
    for (const header of [{ jku: address }, { x5u: address }, { kid: address }]) {
      expect((await arrive({ header, key })).get('error')).toBe('social_sign_in_refused');
    }
    expect(provider.asked.map(({ path }) => path)).not.toContain('/their-keys');
  });

  it('links nobody by an address that it does not call verified, or calls so in text', async () => {
    const { outsider } = it_.plan;
    for (const verified of [false, undefined, 'true', 1]) {
      const told = await arrive({ claims: { sub: 'liar', email: outsider.email, email_verified: verified } });
      expect(told.get('error')).toBe('social_email_unverified');
    }
  });

  it('cannot answer in the place of another (RFC 9207), or without saying who answers', async () => {
    const begun = await begin();
    provider.misdeed = { claims: { nonce: begun.nonce, ...HONEST } };
    const mixed = await comeBack(begun, { iss: 'https://accounts.google.com' });
    expect(mixed.headers.get('location')).toContain('error=social_sign_in_refused');
    const silent = await begin();
    const query = new URLSearchParams({ state: silent.state, code: 'a-code' });
    const answer = await silent.browser.request(`${PUBLIC_URL}/v1/auth/social/openid/callback?${query}`);
    expect(answer.headers.get('location')).toContain('error=social_sign_in_refused');
  });

  it('gets the exact redirect address and the proof of PKCE with the code, whatever the way back says', async () => {
    const begun = await begin();
    const { searchParams } = begun.url;
    const redirectUri = `${PUBLIC_URL}/v1/auth/social/openid/callback`;
    expect(searchParams.get('redirect_uri')).toBe(redirectUri);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    provider.misdeed = {
      claims: { nonce: begun.nonce, ...HONEST, sub: 'pkce', email: 'pkce@hostile.example' },
    };
    const parameters = { redirect_uri: 'https://evil.example/', code_verifier: 'mine' };
    const response = await comeBack(begun, parameters);
    expect(response.headers.get('location')).toContain('#code=ksc_');
    const { body } = provider.asked.findLast(({ path }) => path === '/token')!;
    expect(body.get('redirect_uri')).toBe(redirectUri);
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(body.get('code_verifier')!));
    expect(Buffer.from(digest).toString('base64url')).toBe(searchParams.get('code_challenge'));
  });
});

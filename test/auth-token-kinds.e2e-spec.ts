import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { Client } from 'pg';
import type { Response, Test } from 'supertest';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { PayloadSeal } from '../src/core/jobs/payload-seal';
import { type ReportedRoute, reportRoutes } from '../src/core/openapi/routes-report';
import type { SeedOrganization, SeedUser } from '../src/core/seeding/seeds';
import { SigningKeys } from '../src/modules/auth/keys/signing-keys';
import { Challenges } from '../src/modules/auth/sign-in/challenges';
import { secondFactorChallenge } from '../src/modules/auth/sign-in/sign-ins';
import { hashOf, newToken, type TokenKind } from '../src/modules/auth/tokens/opaque-token';
import { OneTimeTokens } from '../src/modules/auth/tokens/one-time-tokens';
import { startApp, type TestApp } from './support/app';

const PASSWORD = 'correct horse battery staple';
const BINDING = newToken('magic_link_binding');
const BROWSER = randomBytes(32).toString('base64url');

/** Where a credential is expected, which kinds are right there, and how one can tell that it was taken. */
interface Place {
  readonly takes: readonly string[];
  readonly send: (token: string) => Test;
  /** A status below 400 unless it is said. */
  readonly took?: (response: Response) => boolean;
}

describe('A token of one kind', () => {
  let it_: TestApp;
  let organization: SeedOrganization;
  let owner: SeedUser;
  let reader: string;
  let routes: ReportedRoute[];
  const kinds = new Map<string, string>();

  beforeAll(async () => {
    it_ = await startApp();
    const plan = await it_.seed();
    organization = plan.organizations[0]!;
    owner = organization.users[0]!;
    routes = reportRoutes(it_.app);
    reader = await bearer(plan.outsider);
    for (const [kind, make] of Object.entries({ ...opaque, ...signed, ...modules, ...worthless })) {
      const token = await make();
      if (token !== null) kinds.set(kind, token);
    }
  });
  afterAll(() => it_.close());

  const login = async ({ email, password }: SeedUser, more: object = {}) =>
    it_.http
      .post('/v1/auth/login')
      .set('sec-fetch-site', 'same-origin')
      .send({ email, password, ...more })
      .expect(200);
  const bearer = async (user: SeedUser): Promise<string> => (await login(user)).body.accessToken;
  const oneTime = (kind: 'email_verification' | 'password_reset' | 'magic_link') =>
    it_.app
      .get(OneTimeTokens, { strict: false })
      .issue(
        kind,
        owner.id,
        kind === 'magic_link' ? { bindingHash: hashOf('magic_link_binding', BINDING) } : {},
      );
  const challenges = () => it_.app.get(Challenges, { strict: false });
  const has = (method: string, path: string) =>
    routes.some((route) => route.method === method && route.path === path);
  const signingKeys = () => it_.app.get(SigningKeys, { strict: false });

  /** A kind of opaque token that is not here does not compile. */
  const opaque: Record<TokenKind, () => Promise<string | null>> = {
    refresh: async () => (await login(owner)).body.refreshToken,
    session: async () => {
      const { headers } = await login(owner, { transport: 'cookie' });
      return /=(kst_[\w-]+)/.exec(String(headers['set-cookie']))![1]!;
    },
    email_verification: () => oneTime('email_verification'),
    password_reset: () => oneTime('password_reset'),
    magic_link: () => oneTime('magic_link'),
    magic_link_binding: async () => BINDING,
    challenge: () =>
      challenges().issue(
        secondFactorChallenge,
        { userId: owner.id, methods: ['email'], options: { transport: 'token' } },
        owner.id,
      ),
    social_state: () =>
      challenges().issue(
        { name: 'social_flow', seconds: 60, token: 'social_state', schema: z.any() },
        {},
        owner.id,
      ),
    social_code: () =>
      challenges().issue(
        { name: 'social_code', seconds: 60, token: 'social_code', schema: z.any() },
        { userId: owner.id, browser: createHash('sha256').update(BROWSER).digest('base64url') },
        owner.id,
      ),
  };

  /** What differs from an access token in one respect, and what a provider says of somebody. */
  const signed = {
    'access token': () => bearer(owner),
    'token of another type': () => forge({ typ: 'JWT' }),
    'token of no type': () => forge({ typ: undefined }),
    'ID token': () =>
      forge(
        { typ: 'JWT' },
        { iss: 'https://accounts.google.com', aud: 'client', nonce: 'n', email: owner.email },
      ),
    'access token of another environment': () =>
      forge({}, {}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    'access token signed with RSA': () =>
      forge({ alg: 'RS256' }, {}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    'access token for another API': () => forge({}, { aud: 'another-api' }),
    'signed token of no session': () => forge({}, { sid: undefined }),
  };

  /** Of modules that may have been taken out. */
  const modules = {
    'API key': async () => {
      if (!has('POST', '/v1/api-keys')) return null;
      const authorization = `Bearer ${await bearer(owner)}`;
      const scopes = [...new Set(routes.flatMap(({ permission }) => permission ?? []))];
      const { body } = await it_.http
        .post('/v1/api-keys')
        .set({ authorization })
        .send({ name: 'Everything', scopes })
        .expect(201);
      return body.secret;
    },
    invitation: async () => {
      if (!has('POST', '/v1/organizations/invitations/acceptance')) return null;
      await it_.http
        .post(`/v1/organizations/${organization.id}/invitations`)
        .set('authorization', `Bearer ${await bearer(owner)}`)
        .send({ email: (await it_.seed()).outsider.email, role: 'viewer' })
        .expect(201);
      const [mail] = await it_.app
        .get(DataSource)
        .query(`select payload from outbox where subject = 'job:mail.send' order by id desc limit 1`);
      return /kin_[\w-]+/.exec(
        JSON.stringify(it_.app.get(PayloadSeal).open('job:mail.send', mail.payload)),
      )![0];
    },
  };

  const worthless = {
    nothing: async () => '',
    'white space': async () => '   ',
    'a user id': async () => owner.id,
    'a word of JavaScript': async () => 'undefined',
    'a random refresh token': async () => newToken('refresh'),
    'a random API key': async () => `kak_${randomBytes(48).toString('base64url')}AAAAAA`,
  };

  async function forge(header: object, payload: object = {}, key = signingKeys().signing().key) {
    const genuine = await bearer(owner);
    return new SignJWT({ ...decodeJwt(genuine), jti: randomUUID(), ...payload })
      .setProtectedHeader({ ...(decodeProtectedHeader(genuine) as { alg: string }), ...header })
      .sign(key);
  }

  const authorized = (test: Test, token: string) => test.set('authorization', `Bearer ${token}`);
  const inBody =
    (method: 'post' | 'put', path: string, fields: (token: string) => object): Place['send'] =>
    (token) =>
      it_.http[method](path).send(fields(token));

  const places = (): Record<string, Place> => ({
    'the header of a route for people': {
      takes: ['access token'],
      send: (token) => authorized(it_.http.get('/v1/me'), token),
    },
    'the header of a route that needs a permission': {
      takes: ['access token', 'API key'],
      send: (token) => authorized(it_.http.get(permissionRoute()), token),
    },
    'another scheme': {
      takes: [],
      send: (token) => it_.http.get('/v1/me').set('authorization', `Basic ${token}`),
    },
    'the query': { takes: [], send: (token) => it_.http.get('/v1/me').query({ access_token: token }) },
    'the session cookie': {
      takes: ['session'],
      send: (token) => it_.http.get('/v1/me').set('cookie', `keelson_session=${token}`),
    },
    'a refresh': {
      takes: ['refresh'],
      send: inBody('post', '/v1/auth/refresh', (refreshToken) => ({ refreshToken })),
    },
    'the verification of an address': {
      takes: ['email_verification'],
      send: inBody('put', '/v1/auth/email/verification', (token) => ({ token })),
    },
    'a magic link': {
      takes: ['magic_link'],
      send: inBody('put', '/v1/auth/magic-link', (token) => ({ token, binding: BINDING })),
    },
    'the binding of a magic link': {
      takes: [],
      send: inBody('put', '/v1/auth/magic-link', (binding) => ({ token: newToken('magic_link'), binding })),
    },
    'a second factor': {
      takes: ['challenge'],
      send: inBody('post', '/v1/auth/login/second-factor', (challenge) => ({ challenge, code: '000000' })),
      took: ({ body }) => body.code === 'invalid_second_factor',
    },
    'the enrolment of an authenticator app': {
      takes: [],
      send: (challenge) =>
        authorized(it_.http.put('/v1/me/totp').send({ challenge, code: '000000' }), reader),
    },
    'a social sign-in': {
      takes: ['social_code'],
      send: (code) =>
        it_.http.post('/v1/auth/social/token').set('cookie', `keelson_social=${BROWSER}`).send({ code }),
    },
    'an invitation': {
      takes: ['invitation'],
      send: (token) =>
        authorized(it_.http.post('/v1/organizations/invitations/acceptance').send({ token }), reader),
    },
    'a log-out by header': {
      takes: ['access token'],
      send: (token) => authorized(it_.http.post('/v1/auth/logout'), token),
    },
    'a log-out by cookie': {
      takes: ['session'],
      send: (token) =>
        it_.http
          .post('/v1/auth/logout')
          .set({ cookie: `keelson_session=${token}`, 'sec-fetch-site': 'same-origin' }),
    },
    // The last, for it ends every session and everything that was begun.
    'the reset of a password': {
      takes: ['password_reset'],
      send: inBody('put', '/v1/auth/password/reset', (token) => ({ token, newPassword: PASSWORD })),
    },
  });

  const permissionRoute = () =>
    routes.find(({ method, permission, path }) => method === 'GET' && permission && !path.includes('{'))!
      .path;

  const took = ({ took: said }: Place, response: Response): boolean =>
    said ? said(response) : response.status < 400;

  /** A digest of every table but those that count or list refusals; when something was used is noted now and then. */
  const database = async (): Promise<Record<string, string>> => {
    const client = new Client({ connectionString: it_.database.ownerUrl });
    await client.connect();
    await client.query(`select set_config('app.tenant_id', $1, false)`, [organization.id]);
    const { rows: tables } = await client.query(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const digests: Record<string, string> = {};
    for (const { name } of tables.filter((table) => !COUNTERS.test(table.name))) {
      const { rows } = await client.query(`
        select md5(string_agg(t::text, ' ' order by t::text)) as md5
        from (select to_jsonb(r) - 'last_used_at' as t from ${name} r) t`);
      digests[name] = rows[0].md5;
    }
    await client.end();
    return digests;
  };
  const COUNTERS = /attempts$|security_events$/;

  it('is refused wherever another is expected, and that changes nothing', async () => {
    const before = await database();
    const strays: string[] = [];
    let refused = 0;
    for (const [name, place] of Object.entries(places())) {
      for (const [kind, token] of kinds) {
        if (place.takes.includes(kind)) continue;
        const response = await place.send(token);
        if (took(place, response) || response.status < 400 || response.status >= 500) {
          strays.push(`${name} answered ${response.status} to ${kind}`);
        } else refused += 1;
      }
    }
    expect(strays).toEqual([]);
    expect(refused).toBeGreaterThan(250);
    expect(await database()).toEqual(before);
  }, 30_000);

  it('is taken where it belongs, also after all that', async () => {
    const taken: string[] = [];
    const expected: string[] = [];
    for (const [name, place] of Object.entries(places())) {
      for (const kind of place.takes.filter((one) => kinds.has(one))) {
        const response = await place.send(kinds.get(kind)!);
        expected.push(`${name}: ${kind}`);
        if (took(place, response)) taken.push(`${name}: ${kind}`);
      }
    }
    expect(taken).toEqual(expected);
  });
});

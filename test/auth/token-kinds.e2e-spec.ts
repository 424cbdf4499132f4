import { Client } from 'pg';
import type { Response, Test } from 'supertest';
import { type ReportedRoute, reportRoutes } from '../../src/core/openapi/routes-report';
import type { SeedOrganization } from '../../src/core/seeding/seeds';
import { newToken } from '../../src/modules/auth/tokens/opaque-token';
import { Mint } from './mint.fixture';
import { startApp, type TestApp } from '../support/app';

const PASSWORD = 'correct horse battery staple';

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
  let mint: Mint;
  let reader: string;
  let routes: ReportedRoute[];
  let kinds: Map<string, string>;

  beforeAll(async () => {
    it_ = await startApp();
    const plan = it_.plan;
    organization = plan.organizations[0]!;
    routes = reportRoutes(it_.app);
    mint = new Mint(it_, plan, routes);
    reader = await mint.bearer(plan.outsider);
    kinds = await mint.tokens();
  });
  afterAll(() => it_?.close());

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
      send: inBody('put', '/v1/auth/magic-link', (token) => ({ token, binding: mint.binding })),
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
        it_.http.post('/v1/auth/social/token').set('cookie', `keelson_social=${mint.browser}`).send({ code }),
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
  });

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

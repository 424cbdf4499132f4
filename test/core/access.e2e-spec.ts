import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Authentication, type Authenticator } from '../../src/core/auth/authentication';
import { Permissions, ROLES } from '../../src/core/auth/permissions';
import { type ReportedRoute, reportRoutes } from '../../src/core/openapi/routes-report';
import { type SeedOrganization, type SeedPlan, Seeds, type SeedUser } from '../../src/core/seeding/seeds';
import { accessToken, startApp, type TestApp } from '../support/app';
import { ApiDescription, type Operation } from '../support/openapi';

const NOWHERE = '01920000-0000-7000-8000-000000000000';
/**
 * The weaker ones first: what a stronger one may end is still there for them. `API key` has every scope there is;
 * `stale` is an owner whose session was opened long ago.
 */
const CALLERS = ['anonymous', 'outsider', ...ROLES.toReversed(), 'API key', 'stale'] as const;
type Caller = (typeof CALLERS)[number];

/** Beside the module that has the routes, so that it goes with the module. */
const fileOf = (module: string): string =>
  existsSync(`src/modules/${module}`) ? `test/${module}/access.txt` : `test/core/access-${module}.txt`;

const HEAD = `Who may call what, on ids of the caller's own organization / of another one:
in: the door is open (whatever became of the request)   sign-in: 401   denied: 403, lacks the permission
no-org: 403, has no active organization                 none: 404, there is no such thing for this caller
API key: one with every scope there is                  users: 403, no API key may, whatever its scopes
stale: an owner who signed in long ago                  recent: 401, asks for a recent proof of who calls
rate: the class whose budget its requests share         key: whether it takes an Idempotency-Key
Written by: ACCESS_TABLE=write npx jest test/core/access`;

const REFUSALS: Record<string, string> = {
  unauthenticated: 'sign-in',
  permission_denied: 'denied',
  organization_required: 'no-org',
  user_required: 'users',
  recent_sign_in_required: 'recent',
};

const PREFIX = 'tst_';

/** What no built-in role stands for: a key with all scopes, whichever module keeps keys, and a session gone stale. */
const credentialsOfTheTest = (permissions: Permissions): Authenticator => ({
  authenticate(credential) {
    const [caller, tenantId, userId] = credential.slice(PREFIX.length).split('.') as [string, string, string];
    const kind = caller === 'stale' ? 'user' : 'api-key';
    const role = kind === 'user' ? 'owner' : null;
    const rights = {
      role,
      permissions: permissions.of('owner'),
      showedSecondFactor: true,
      lacksSecondFactor: false,
    };
    return { kind, userId, sessionId: randomUUID(), tenantId, authenticatedAt: 0, ...rights };
  },
  forget: () => undefined,
});

type Columns = Pick<ReportedRoute, 'method' | 'path' | 'rateClass'> & { readonly idempotency: string };
const COLUMNS: Columns = { method: '', path: '', rateClass: 'rate', idempotency: 'key' };

/** A row's world: what a request changes must not be missing in the next row. */
interface Row {
  readonly route: ReportedRoute;
  readonly own: SeedOrganization;
  readonly tokens: Map<Caller, string>;
}

describe('The table of who may call what', () => {
  let test: TestApp;
  let api: ApiDescription;
  let plan: SeedPlan;
  let routes: ReportedRoute[];

  beforeAll(async () => {
    test = await startApp();
    const tokens = { prefix: PREFIX, name: 'a token of this test' };
    test.app.get(Authentication).use(credentialsOfTheTest(test.app.get(Permissions)), tokens);
    routes = reportRoutes(test.app).filter(({ kind }) => kind === 'rest');
    const changing = routes.filter(({ method }) => method !== 'GET');
    plan = await test.app.get(Seeds).run(changing.length + 3);
    api = new ApiDescription((await test.http.get('/openapi.json').expect(200)).body);
  });
  afterAll(() => test?.close());

  it('is access.txt beside the tests of each module', async () => {
    const [foreign, reading, , ...spare] = plan.organizations as [SeedOrganization, SeedOrganization];
    const readers = await tokensOf(reading);
    const tables = new Map<string, string[]>();
    // Routes that need an organization come first: one of the others gives the outsider an organization.
    for (const route of routes.toSorted((a, b) => Number(b.tenantScoped) - Number(a.tenantScoped))) {
      const own = route.method === 'GET' ? reading : (spare as SeedOrganization[]).shift()!;
      const tokens = own === reading ? readers : await tokensOf(own);
      const cells = await cellsOf({ route, own, tokens }, foreign);
      const file = fileOf(route.module);
      const row = line(route, ...cells);
      tables.set(file, [...(tables.get(file) ?? []), row]);
    }
    const text = (rows: string[]) => `${[HEAD, '', line(COLUMNS, ...CALLERS), ...byPath(rows)].join('\n')}\n`;
    const seen = Object.fromEntries([...tables].map(([file, rows]) => [file, text(rows)]));
    if (process.env.ACCESS_TABLE === 'write') write(seen);
    expect(committed()).toEqual(seen);
  });

  it('has no route that takes If-Match and lets a change through of another version than there is', async () => {
    const own = plan.organizations[2]!;
    const tokens = await tokensOf(own);
    const guarded = routes.filter((route) => takesIfMatch(operationOf(route)));
    const statuses: [string, number][] = [];
    for (const route of guarded) {
      const { status } = await send({ route, own, tokens }, 'owner', own);
      statuses.push([route.operationId, status]);
    }
    expect(statuses.filter(([, status]) => status < 400)).toEqual([]);
    expect(statuses.map(([, status]) => status)).toContain(412);
  });

  /** Undefined for what the document leaves out. */
  const operationOf = ({ operationId }: ReportedRoute): Operation | undefined =>
    api.operations().find((one) => one.operationId === operationId);
  const takesIfMatch = (operation?: Operation) =>
    operation?.parameters.some(({ name }) => name === 'If-Match') ?? false;

  function write(texts: Record<string, string>): void {
    for (const [file, text] of Object.entries(texts)) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  /** Every table there is: one of a module that has no route left is found, too. */
  const committed = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync('test', { recursive: true, encoding: 'utf8' })
        .filter((file) => /(^|\/)access(-\w+)?\.txt$/.test(file))
        .map((file) => [`test/${file}`, readFileSync(`test/${file}`, 'utf8')]),
    );

  const line = ({ method, path, rateClass, idempotency }: Columns, ...cells: string[]): string => {
    const widths = [
      [`${method!.padEnd(6)} ${path}`, 58],
      [rateClass, 9],
      [idempotency, 8],
    ] as const;
    const head = widths.map(([text, width]) => text.padEnd(width));
    return [...head, ...cells.map((cell) => cell.padEnd(12))].join(' ').trimEnd();
  };

  const byPath = (rows: string[]): string[] => rows.toSorted((a, b) => (a.slice(7) < b.slice(7) ? -1 : 1));

  async function tokensOf(organization: SeedOrganization): Promise<Map<Caller, string>> {
    const people: [Caller, SeedUser][] = organization.users.map((user) => [user.role!, user]);
    people.push(['outsider', plan.outsider]);
    const owner = organization.users.find(({ role }) => role === 'owner')!;
    const made = { 'API key': randomUUID(), stale: owner.id };
    const tokens = people.map(
      async ([caller, user]) => [caller, await accessToken(test.http, user)] as const,
    );
    const all = new Map<Caller, string>(await Promise.all(tokens));
    for (const [caller, id] of Object.entries(made))
      all.set(caller as Caller, `${PREFIX}${caller.replace(' ', '-')}.${organization.id}.${id}`);
    return all;
  }

  async function cellsOf(row: Row, foreign: SeedOrganization): Promise<string[]> {
    const body = JSON.stringify(operationOf(row.route)?.body ?? '');
    const placed = row.route.path.includes('{') || body.includes('Organization');
    const cells: string[] = [];
    for (const caller of CALLERS) {
      // The other organization first: its answer must not depend on what the caller did at home.
      const abroad = placed ? await outcomeOf(row, caller, foreign) : undefined;
      const home = await outcomeOf(row, caller, row.own);
      cells.push(abroad === undefined || abroad === home ? home : `${home} / ${abroad}`);
    }
    return cells;
  }

  async function outcomeOf(row: Row, caller: Caller, place: SeedOrganization): Promise<string> {
    const response = await send(row, caller, place);
    const text = await response.text();
    const { code = '' } = response.status < 400 ? {} : (JSON.parse(text) as { code?: string });
    return REFUSALS[code] ?? (response.status === 404 ? 'none' : 'in');
  }

  function send({ route, tokens }: Row, caller: Caller, place: SeedOrganization): Promise<Response> {
    const operation = operationOf(route);
    const path = route.path.replace(/([\w-]+)\/\{(\w+)\}/g, (_, kind: string, name: string) => {
      return `${kind}/${idFor(kind, name, caller, place)}`;
    });
    const token = tokens.get(caller);
    const sample =
      operation?.body && api.sample(operation.body, { one: ([first]) => first!, id: () => place.id });
    return fetch(test.url + path, {
      method: route.method!,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        // A version that is never there: what may be removed stays for the next caller.
        ...(takesIfMatch(operation) && { 'if-match': '"999999999"' }),
        ...(sample !== undefined && { 'content-type': 'application/json' }),
      },
      body: sample === undefined ? undefined : JSON.stringify(sample),
    });
  }

  /** Something of the place: a member, the organization itself, or a sample row of the kind. */
  function idFor(
    kind: string,
    name: string,
    caller: Caller,
    { id, users, samples }: SeedOrganization,
  ): string {
    if (name === 'code') return 'route_not_found';
    if (name === 'file') return 'page.css';
    if (kind === 'organizations') return id;
    // Admins come before owners, who would not find whom an admin removed.
    const target = caller === 'owner' ? 'editor' : 'viewer';
    if (name === 'userId') return users.find(({ role }) => role === target)!.id;
    return samples[`${kind.replace(/s$/, '')}Id`] ?? NOWHERE;
  }
});

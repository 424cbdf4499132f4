import { randomUUID } from 'node:crypto';
import { Permissions } from '../../src/core/auth/permissions';
import { type SeedOrganization, Seeds } from '../../src/core/seeding/seeds';
import { KeyActivity } from '../../src/modules/api-keys/key-activity';
import { hashOf, newSecret, tenantOf } from '../../src/modules/api-keys/secret';
import { as, DAY_MS, type Headers, Keeper, type Key, READ } from './api-keys.fixture';
import type { TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { expectStatements } from '../support/statements';
import { ApiDescription } from '../support/openapi';

const NOWHERE = '01920000-0000-7000-8000-000000000000';

describe('API keys', () => {
  let keeper: Keeper;
  let test: TestApp;
  let own: SeedOrganization;
  let foreign: SeedOrganization;
  let owner: Headers;

  beforeAll(async () => {
    keeper = await Keeper.start();
    ({ test, own, owner } = keeper);
    foreign = test.plan.organizations[1]!;
  });
  afterAll(() => keeper?.close());

  const keepsOrganizations = () => test.app.get(Permissions).has('organizations:read');
  const read = async (id: string) => (await test.http.get(`/v1/api-keys/${id}`).set(owner).expect(200)).body;

  describe('creating one', () => {
    it('shows its secret once, and afterwards no more than how it ends', async () => {
      const response = await keeper.post(owner, { name: ' Import ' }).expect(201);
      const { secret, ...shown } = response.body;
      expect(secret).toMatch(/^kak_[\w-]{64}[\dA-Za-z]{6}$/);
      expect(shown).toEqual({
        id: expect.any(String),
        name: 'Import',
        scopes: [READ],
        hint: `kak_…${secret.slice(-4)}`,
        expiresAt: expect.any(String),
        previousSecretExpiresAt: null,
        lastUsedAt: null,
        createdBy: own.users[0]!.id,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      expect(response.headers).toMatchObject({ etag: '"1"', location: `/v1/api-keys/${shown.id}` });
      expect(await read(shown.id)).toEqual(shown);
      const { body } = await test.http.get('/v1/api-keys?limit=100').set(owner).expect(200);
      expect(JSON.stringify(body)).not.toContain(secret.slice(4, -6));
    });

    it('keeps no secret as it is, also not in an answer kept for an Idempotency-Key', async () => {
      const make = () => keeper.post(owner).set('idempotency-key', 'make-a-key-1');
      const first = await make().expect(201);
      const again = await make().expect(201);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(again.body).toEqual(first.body);
      const { id, secret } = first.body as Key;
      const kept = `select k::text from api_keys k where id = $1 union all select i::text from idempotency_keys i`;
      const rows = await keeper.sql(kept, [id]);
      expect(rows.length).toBeGreaterThan(1);
      const stored = JSON.stringify(rows);
      for (const form of [secret, secret.slice(4, 68), Buffer.from(secret).toString('hex')]) {
        expect(stored).not.toContain(form);
      }
    });

    it('ends after 90 days, or when its maker says, within a year', async () => {
      const { expiresAt } = await keeper.create();
      expect(Math.abs(Date.parse(expiresAt) - Date.now() - 90 * DAY_MS)).toBeLessThan(600_000);
      const asked = new Date(Date.now() + 300 * DAY_MS).toISOString();
      expect((await keeper.create({ expiresAt: asked })).expiresAt).toBe(asked);
    });

    it.each([
      ['a time that has passed', { expiresAt: '2020-01-01T00:00:00.000Z' }, '/expiresAt'],
      ['more than a year', { expiresAt: new Date(Date.now() + 366 * DAY_MS).toISOString() }, '/expiresAt'],
      ['no end at all', { expiresAt: null }, '/expiresAt'],
      ['a scope that is no permission', { scopes: [READ, 'everything:write'] }, '/scopes/1'],
      ['the same scope twice', { scopes: [READ, READ] }, '/scopes'],
      ['the name of a built-in property as scope', { scopes: ['__proto__'] }, '/scopes/0'],
      ['no scope', { scopes: [] }, '/scopes'],
      ['a secret of the caller’s choice', { secret: 'kak_mine' }, '/secret'],
      ['another organization', { tenantId: NOWHERE }, '/tenantId'],
    ])('refuses %s', async (_case, input, pointer) => {
      const { body } = await keeper.post(owner, input).expect(400);
      expect(body.code).toBe('validation_failed');
      expect(body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
    });

    it('is for owners and administrators only', async () => {
      for (const role of ['editor', 'viewer'] as const) {
        const { body } = await keeper.post(await test.signIn(own, role)).expect(403);
        expect(body).toMatchObject({ code: 'permission_denied', permission: 'api-keys:write' });
      }
      const input = { name: 'Import', scopes: [READ] };
      await test.http.post('/v1/api-keys').send(input).expect(401);
    });

    it('is not for a session whose owner proved long ago who they are', async () => {
      const stale = await keeper.signInAgain();
      const age = `update auth_sessions set authenticated_at = now() - interval '1 hour' where id = $1`;
      await keeper.sql(age, [stale.sessionId]);
      const { body } = await keeper.post(stale.headers).expect(401);
      expect(body.code).toBe('recent_sign_in_required');
    });

    it('is not for API keys, so that a stolen one cannot make itself another', async () => {
      const { id, secret } = await keeper.create({ scopes: [READ, 'api-keys:write'] });
      const by = as(secret);
      const attempts = [
        keeper.post(by),
        keeper.rotate(id, {}, by),
        test.http.patch(`/v1/api-keys/${id}`).set(by).send({ name: 'Mine' }),
        test.http.delete(`/v1/api-keys/${id}`).set(by),
      ];
      for (const { status, body } of await Promise.all(attempts)) {
        expect([status, body.code]).toEqual([403, 'user_required']);
      }
      expect(await keeper.statusOf(secret)).toBe(200);
    });
  });

  describe('using one', () => {
    it('opens what its scopes name, in its organization, and nothing else', async () => {
      const { id, secret } = await keeper.create();
      const { body } = await test.http.get(`/v1/api-keys/${id}`).set(as(secret)).expect(200);
      expect(body.id).toBe(id);
      const theirs = await keeper.create({}, keeper.stranger);
      await test.http.get(`/v1/api-keys/${theirs.id}`).set(as(secret)).expect(404);
      const other = await keeper.create({ scopes: ['api-keys:write'] });
      const denied = await keeper.use(other.secret).expect(403);
      expect(denied.body).toMatchObject({ code: 'permission_denied', permission: READ });
    });

    it('is nobody: it has no account, no sessions and no organizations', async () => {
      const { secret } = await keeper.create();
      for (const path of ['/v1/me', '/v1/me/sessions']) {
        expect((await test.http.get(path).set(as(secret)).expect(403)).body.code).toBe('user_required');
      }
    });

    it('gets no 5xx from any route with every scope there is', async () => {
      const api = new ApiDescription((await test.http.get('/openapi.json').expect(200)).body);
      const scopes = [...test.app.get(Permissions).of('owner')];
      const { secret } = await keeper.create({ scopes }, (await keeper.signInAgain()).headers);
      const seen: [string, number][] = [];
      const removing = (method: string) => Number(method === 'DELETE');
      const operations = api.operations().toSorted((a, b) => removing(a.method) - removing(b.method));
      for (const { method, path, body } of operations) {
        const sample = body && api.sample(body, { one: ([first]) => first!, id: () => randomUUID() });
        const address = path.replaceAll(/\{\w+\}/g, own.samples.productId ?? NOWHERE);
        const request = test.http[method.toLowerCase() as 'get'](address).set(as(secret));
        const { status } = await request.set('idempotency-key', randomUUID()).send(sample as object);
        seen.push([`${method} ${path}`, status]);
      }
      expect(seen.filter(([, status]) => status >= 500)).toEqual([]);
      expect(seen.filter(([, status]) => status < 300).length).toBeGreaterThan(3);
    });

    it('says after a while when it was used last, and nothing else about the key changes', async () => {
      const { id, secret } = await keeper.create();
      const before = await test.http.get(`/v1/api-keys/${id}`).set(owner).expect(200);
      await keeper.use(secret).expect(200);
      await test.app.get(KeyActivity).flush();
      const after = await test.http.get(`/v1/api-keys/${id}`).set(owner).expect(200);
      expect(Date.now() - Date.parse(after.body.lastUsedAt)).toBeLessThan(600_000);
      expect(after.body).toEqual({ ...before.body, lastUsedAt: after.body.lastUsedAt });
      expect(after.headers.etag).toBe(before.headers.etag);
    });

    it('costs no statement once the key was seen', async () => {
      const { secret } = await keeper.create({ scopes: ['api-keys:write'] });
      await keeper.use(secret).expect(403);
      await expectStatements(0, () => keeper.use(secret).expect(403));
    });

    it('ends to the second it was made for', async () => {
      const { id, secret } = await keeper.create();
      await keeper.use(secret).expect(200);
      const soon = `update api_keys set expires_at = now() + interval '500 milliseconds' where id = $1`;
      await keeper.sql(soon, [id]);
      await keeper.forget(id);
      await eventually(() => keeper.use(secret).expect(401), 40_000);
    });

    it('ends with its organization', async () => {
      if (!keepsOrganizations()) return;
      const place = (await test.app.get(Seeds).run(3)).organizations[2]!;
      const by = await test.signIn(place, 'owner');
      const { secret } = await keeper.create({}, by);
      await keeper.use(secret).expect(200);
      await test.http.delete(`/v1/organizations/${place.id}`).set(by).expect(204);
      await keeper.use(secret).expect(401);
    });

    it('goes on when its maker has left', async () => {
      const { id, secret } = await keeper.create({}, await test.signIn(own, 'admin'));
      await keeper.sql('update api_keys set created_by = null where id = $1', [id]);
      if (!keepsOrganizations()) return;
      expect(await keeper.statusOf(secret)).toBe(200);
      expect((await read(id)).createdBy).toBeNull();
    });
  });

  describe('what is no key', () => {
    it('is refused: another secret, another organization, a typing error, a part, more than a key', async () => {
      const { secret } = await keeper.create();
      const flip = (at: number) =>
        secret.slice(0, at) + (secret[at] === 'A' ? 'B' : 'A') + secret.slice(at + 1);
      const core = Buffer.from(secret.slice(4, 68), 'base64url').subarray(16);
      const wrong = [
        [newSecret(own.id), newSecret(foreign.id, core)],
        [10, 40, secret.length - 1].map(flip),
        [secret.slice(0, -1), `${secret}=`, `${secret}A`, secret.toUpperCase(), secret.slice(4)],
        ['kak_', `kak_${'A'.repeat(100_000)}`],
      ].flat();
      for (const one of wrong) expect([401, 431]).toContain(await keeper.statusOf(one));
      expect(await keeper.statusOf(secret)).toBe(200);
    });

    it('costs no statement when its checksum is wrong', async () => {
      await expectStatements(0, () => keeper.use(`kak_${'A'.repeat(70)}`).expect(401));
    });

    it('is not taken from a query, a cookie or another scheme', async () => {
      const { secret } = await keeper.create();
      await test.http.get(`/v1/api-keys?access_token=${secret}`).expect(401);
      await test.http.get('/v1/api-keys').set('cookie', `session=${secret}`).expect(401);
      await test.http.get('/v1/api-keys').set('authorization', `Basic ${secret}`).expect(401);
    });
  });

  it('of the demo data work, also after seeding again, as an editor would', async () => {
    expect(tenantOf(own.apiKey!)).toBe(own.id);
    const again = await test.app.get(Seeds).run(2);
    expect(again.organizations.map(({ apiKey }) => apiKey)).toEqual([own.apiKey, foreign.apiKey]);
    await keeper.use(own.apiKey!).expect(403);
    const stored =
      'select count(*)::int as count, min(scopes) as scopes from api_keys where secret_hash = $1';
    const [row] = await keeper.sql(stored, [hashOf(own.apiKey!)]);
    expect(row).toEqual({ count: 1, scopes: [...test.app.get(Permissions).of('editor')].toSorted() });
  });
});

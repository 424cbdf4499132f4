import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { Permissions } from '../../src/core/auth/permissions';
import { newSecret } from '../../src/modules/api-keys/secret';
import { as, DAY_MS, type Headers, Keeper, type Key, READ } from './api-keys.fixture';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

describe('API keys', () => {
  let keeper: Keeper;
  let test: TestApp;
  let other: NestFastifyApplication;
  let owner: Headers;
  let stranger: Headers;

  beforeAll(async () => {
    keeper = await Keeper.start();
    ({ test, owner, stranger } = keeper);
    other = await test.another();
    await other.listen(0, '127.0.0.1');
  });
  // Together: sign-ins by password are the business of whichever instance was made last.
  afterAll(async () => {
    await other?.close();
    await keeper?.close();
  });

  describe('rotating one', () => {
    it('gives it a new secret, beside which the old one works for 24 hours', async () => {
      const key = await keeper.create();
      const { body, headers } = await keeper.rotate(key.id).expect(200);
      expect(headers.etag).toBe('"2"');
      expect(body.secret).not.toBe(key.secret);
      expect(body.hint).toBe(`kak_…${body.secret.slice(-4)}`);
      const until = Date.parse(body.previousSecretExpiresAt);
      expect(Math.abs(until - Date.now() - DAY_MS)).toBeLessThan(600_000);
      expect(await keeper.statusOf(key.secret)).toBe(200);
      expect(await keeper.statusOf(body.secret)).toBe(200);
    });

    it('refuses the old secret at once when the overlap is 0', async () => {
      const key = await keeper.create();
      await keeper.use(key.secret).expect(200);
      const { body } = await keeper.rotate(key.id, { overlapHours: 0 }).expect(200);
      expect(body.previousSecretExpiresAt).toBeNull();
      expect(await keeper.statusOf(key.secret)).toBe(401);
      expect(await keeper.statusOf(body.secret)).toBe(200);
    });

    it('refuses the old secret when the overlap is over', async () => {
      const key = await keeper.create();
      await keeper.rotate(key.id).expect(200);
      await keeper.sql('update api_keys set previous_secret_expires_at = now() where id = $1', [key.id]);
      await keeper.forget(key.id);
      await eventually(() => keeper.use(key.secret).expect(401));
    });

    it('does not make the old secret live longer than it would have', async () => {
      const soon = new Date(Date.now() + 3_600_000).toISOString();
      const key = await keeper.create({ expiresAt: soon });
      const { body } = await keeper.rotate(key.id).expect(200);
      expect(body.previousSecretExpiresAt).toBe(soon);
      expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now() + 80 * DAY_MS);
    });

    it('leaves two working secrets of ten rotations at once', async () => {
      const key = await keeper.create();
      const answers = await Promise.all(Array.from({ length: 10 }, () => keeper.rotate(key.id)));
      expect(answers.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
      const secrets = [key.secret, ...answers.map(({ body }) => (body as Key).secret)];
      const working = await Promise.all(secrets.map((secret) => keeper.statusOf(secret)));
      expect(working.filter((status) => status === 200)).toHaveLength(2);
      expect(working.filter((status) => status === 401)).toHaveLength(9);
    });

    it('succeeds for one of ten at once that name the version they saw', async () => {
      const key = await keeper.create();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => keeper.rotate(key.id, { overlapHours: 0 }).set('if-match', '"1"')),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 412)).toHaveLength(9);
      expect(await keeper.statusOf(won[0]!.body.secret)).toBe(200);
      expect(await keeper.statusOf(key.secret)).toBe(401);
    });

    it('refuses an overlap of more than a week, or of less than nothing', async () => {
      const { id } = await keeper.create();
      for (const overlapHours of [169, -1, 0.5, '24', null])
        await keeper.rotate(id, { overlapHours }).expect(400);
    });
  });

  describe('changing and revoking one', () => {
    it('takes scopes away at once', async () => {
      const { id, secret } = await keeper.create({ scopes: [READ, 'api-keys:write'] });
      await keeper.use(secret).expect(200);
      const patch = test.http.patch(`/v1/api-keys/${id}`).set(owner).set('if-match', '"1"');
      await patch.send({ scopes: ['api-keys:write'] }).expect(200);
      await keeper.use(secret).expect(403);
      const late = test.http.patch(`/v1/api-keys/${id}`).set(owner).set('if-match', '"1"');
      await late.send({ scopes: [READ] }).expect(412);
    });

    it('refuses the key from then on, with both its secrets', async () => {
      const key = await keeper.create();
      const { body } = await keeper.rotate(key.id).expect(200);
      for (const secret of [key.secret, body.secret]) await keeper.use(secret).expect(200);
      await test.http.delete(`/v1/api-keys/${key.id}`).set(owner).expect(204);
      for (const secret of [key.secret, body.secret]) await keeper.use(secret).expect(401);
      await test.http.get(`/v1/api-keys/${key.id}`).set(owner).expect(404);
    });

    it('leaves a key alone that has changed since its remover read it', async () => {
      const { id, secret } = await keeper.create();
      const removal = test.http.delete(`/v1/api-keys/${id}`).set(owner).set('if-match', '"7"');
      expect((await removal.expect(412)).body.code).toBe('precondition_failed');
      expect(await keeper.statusOf(secret)).toBe(200);
    });

    it('is out of reach for another organization', async () => {
      const { id, secret } = await keeper.create();
      await test.http.get(`/v1/api-keys/${id}`).set(stranger).expect(404);
      await test.http.patch(`/v1/api-keys/${id}`).set(stranger).send({ name: 'Mine' }).expect(404);
      await keeper.rotate(id, {}, stranger).expect(404);
      await test.http.delete(`/v1/api-keys/${id}`).set(stranger).expect(404);
      const { body } = await test.http.get('/v1/api-keys?limit=100').set(stranger).expect(200);
      expect(body.items.map((key: Key) => key.id)).not.toContain(id);
      expect(await keeper.statusOf(secret)).toBe(200);
    });

    it('goes into the ledger, without the secret', async () => {
      const { id, secret } = await keeper.create();
      await keeper.rotate(id).expect(200);
      await test.http.delete(`/v1/api-keys/${id}`).set(owner).expect(204);
      const rows = await keeper.sql(
        `select type, details::text from organization_security_events where details ->> 'keyId' = $1 order by id`,
        [id],
      );
      expect(rows.map(({ type }) => type)).toEqual([
        'api_keys.created',
        'api_keys.rotated',
        'api_keys.removed',
      ]);
      expect(JSON.stringify(rows)).not.toContain(secret.slice(4, 68));
    });
  });

  it('on two instances is revoked on both within a second', async () => {
    const elsewhere = request(await other.getUrl());
    const { id, secret } = await keeper.create();
    const there = () => elsewhere.get('/v1/api-keys?limit=1').set(as(secret));
    await there().expect(200);
    await test.http.delete(`/v1/api-keys/${id}`).set(owner).expect(204);
    await eventually(() => there().expect(401), 10_000);
  });

  it('refuses a secret of which any byte is another, although its checksum is right', async () => {
    const { secret } = await keeper.create();
    const random = Buffer.from(secret.slice(4, 68), 'base64url').subarray(16);
    for (const at of random.keys()) {
      const forged = random.map((byte, index) => byte ^ Number(index === at)) as Buffer;
      expect([at, await keeper.statusOf(newSecret(keeper.own.id, forged))]).toEqual([at, 401]);
    }
    expect(await keeper.statusOf(newSecret(keeper.own.id, random))).toBe(200);
  });

  describe('what its maker may not do', () => {
    const ABOVE = 'test:own-only';
    let admin: Headers;
    beforeAll(async () => {
      admin = await test.signIn(keeper.own, 'admin');
      const permission = { name: ABOVE, description: 'For this test.', leastRole: 'owner' } as const;
      test.app.get(Permissions).register(permission);
    });

    it('cannot be in its scopes, not at first and not later', async () => {
      const refused = await keeper.post(admin, { scopes: [READ, ABOVE] }).expect(403);
      expect(refused.body).toMatchObject({ code: 'scope_above_yours', scopes: [ABOVE] });
      const { id } = await keeper.create({}, admin);
      const patch = test.http
        .patch(`/v1/api-keys/${id}`)
        .set(admin)
        .send({ scopes: [ABOVE] });
      expect((await patch.expect(403)).body.code).toBe('scope_above_yours');
    });

    it('cannot be reached by rotating the key of somebody who may', async () => {
      const strong = await keeper.create({ scopes: [READ, ABOVE] }, await ownerAgain());
      expect((await keeper.rotate(strong.id, {}, admin).expect(403)).body.code).toBe('scope_above_yours');
      expect(await keeper.statusOf(strong.secret)).toBe(200);
    });

    it('does not keep them from revoking it', async () => {
      const strong = await keeper.create({ scopes: [READ, ABOVE] }, await ownerAgain());
      await test.http.delete(`/v1/api-keys/${strong.id}`).set(admin).expect(204);
      expect(await keeper.statusOf(strong.secret)).toBe(401);
    });

    // A session that is older than the permission may be believed without it for some seconds.
    const ownerAgain = async () => (await keeper.signInAgain()).headers;
  });
});

describe('Limits of API keys', () => {
  it('stops at the most that an organization may have, also for many at once', async () => {
    const limited = await startApp({ API_KEYS_PER_ORGANIZATION: '4' });
    const [place] = limited.plan.organizations;
    const by = await limited.signIn(place!, 'owner');
    const make = () =>
      limited.http
        .post('/v1/api-keys')
        .set(by)
        .send({ name: 'Many', scopes: [READ] });
    const answers = await Promise.all(Array.from({ length: 10 }, make));
    const { body } = await limited.http.get('/v1/api-keys?count=true').set(by).expect(200);
    await limited.close();
    delete process.env.API_KEYS_PER_ORGANIZATION;
    expect(body.total).toBe(4);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ body: problem }) => problem.code))).toEqual(new Set(['too_many_api_keys']));
  });

  it('is one of their own for each key, beside that of people', async () => {
    const limited = await startApp({ RATE_LIMIT_API_KEY: '2/3600' });
    delete process.env.RATE_LIMIT_API_KEY;
    const [place] = limited.plan.organizations;
    const by = await limited.signIn(place!, 'owner');
    const make = async (): Promise<Key> =>
      (
        await limited.http
          .post('/v1/api-keys')
          .set(by)
          .send({ name: 'Busy', scopes: [READ] })
      ).body;
    const [one, two] = [await make(), await make()];
    const call = (secret: string) => limited.http.get('/v1/api-keys').set(as(secret));
    const first = await call(one.secret).expect(200);
    await call(one.secret).expect(200);
    const refused = await call(one.secret).expect(429);
    await call(two.secret).expect(200);
    const person = await limited.http.get('/v1/api-keys').set(by).expect(200);
    await limited.close();
    expect(first.headers['ratelimit-policy']).toBe('"api-key";q=2;w=3600');
    expect(refused.body.code).toBe('rate_limited');
    expect(person.headers['ratelimit-policy']).toContain('"default"');
  });
});

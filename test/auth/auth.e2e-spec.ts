import { hash } from '@node-rs/argon2';
import { Client } from 'pg';
import type { SeedOrganization, SeedUser } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';

describe('Signing in', () => {
  let it_: TestApp;
  let harbour: SeedOrganization;
  let tidewater: SeedOrganization;
  let owner: SeedUser;

  beforeAll(async () => {
    it_ = await startApp({ AUTH_PASSWORD_MEMORY_KIB: '128', AUTH_PASSWORD_PASSES: '3' });
    [harbour, tidewater] = it_.plan.organizations as [SeedOrganization, SeedOrganization];
    owner = harbour.users[0]!;
  });
  afterAll(() => it_?.close());

  const login = (body: object) => it_.http.post('/v1/auth/login').send(body);
  const asOwnerOfTables = async (sql: string, values: unknown[]): Promise<unknown[]> => {
    const client = new Client({ connectionString: it_.database.ownerUrl });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  };

  it('hands out a pair of tokens that open what is the caller’s own', async () => {
    const { email, password, id } = owner;
    const { body } = await login({ email, password }).expect(200);
    expect(body).toEqual({
      accessToken: expect.stringMatching(/^eyJ/),
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshToken: expect.stringMatching(/^krt_/),
      refreshExpiresIn: 1_209_600,
    });
    const me = await it_.http.get('/v1/me').auth(body.accessToken, { type: 'bearer' }).expect(200);
    expect(me.body).toMatchObject({ id, email, emailVerified: true });
  });

  it('takes the address in any case', async () => {
    await login({ email: owner.email.toUpperCase(), password: owner.password }).expect(200);
  });

  it('answers an unknown account as it answers a wrong password', async () => {
    const wrong = await login({ email: owner.email, password: 'not the password' }).expect(401);
    const unknown = await login({ email: 'stranger@example.com', password: 'not the password' }).expect(401);
    expect(wrong.body.code).toBe('invalid_credentials');
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
  });

  it('names what is wrong with the input, and takes nothing that it does not know', async () => {
    const { body } = await login({ email: 'nobody', password: 7, admin: true }).expect(400);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual([
      '/admin',
      '/email',
      '/password',
    ]);
  });

  it.each([[undefined], ['[]'], ['"x"'], ['null'], ['{"email":{"$ne":""},"password":["a"]}']])(
    'refuses the body %s',
    async (text) => {
      const request = it_.http.post('/v1/auth/login').set('content-type', 'application/json');
      expect((await request.send(text)).status).toBe(400);
    },
  );

  it('begins in the organization that was asked for', async () => {
    const { email, password } = owner;
    const { body } = await login({ email, password, organizationId: harbour.id }).expect(200);
    const permissions = await it_.http
      .get('/v1/me/permissions')
      .auth(body.accessToken, { type: 'bearer' })
      .expect(200);
    expect(permissions.body).toMatchObject({ organizationId: harbour.id, role: 'owner' });
  });

  it('knows no organization of others', async () => {
    const { email, password } = owner;
    const { body } = await login({ email, password, organizationId: tidewater.id }).expect(404);
    expect(body.code).toBe('organization_not_found');
  });

  it('keeps passwords as argon2id, and hashes anew when the cost has changed', async () => {
    const { id, email, password } = harbour.users[1]!;
    const hashOf = async () => {
      const [row] = await asOwnerOfTables('select hash from auth_passwords where user_id = $1', [id]);
      return (row as { hash: string }).hash;
    };
    await login({ email, password }).expect(200);
    expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=128,t=3,p=1\$/);
    const cheaper = await hash(password, { memoryCost: 64, timeCost: 1, parallelism: 1 });
    await asOwnerOfTables('update auth_passwords set hash = $2 where user_id = $1', [id, cheaper]);
    await login({ email, password }).expect(200);
    expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=128,t=3,p=1\$/);
    await login({ email, password }).expect(200);
  });
});

describe('Guessing passwords', () => {
  let it_: TestApp;
  let victim: SeedUser;
  beforeAll(async () => {
    it_ = await startApp({
      AUTH_LOGIN_ATTEMPTS: '3',
      AUTH_PASSWORD_MEMORY_KIB: '64',
      AUTH_PASSWORD_PASSES: '1',
      TRUST_PROXY_HOPS: '1',
    });
    victim = it_.plan.outsider;
  });
  afterAll(() => it_?.close());

  const attempt = (email: string, password: string, address: string) =>
    it_.http.post('/v1/auth/login').set('x-forwarded-for', address).send({ email, password });

  it('is slowed down, also for accounts that do not exist, and says for how long', async () => {
    for (const email of ['editor@harbour-goods.example', 'stranger@example.com']) {
      for (let round = 0; round < 3; round += 1) await attempt(email, 'a guess', '192.0.2.1').expect(401);
      const answers = [];
      // A wait of a second may be over on a machine that stalls, the next ones are longer.
      for (let round = 0; round < 4; round += 1) answers.push(await attempt(email, 'a guess', '192.0.2.1'));
      const refused = answers.find(({ status }) => status === 429)!;
      expect(refused.body.code).toBe('too_many_attempts');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
  });

  it('gets no further when it guesses many at once', async () => {
    const guesses = Array.from({ length: 30 }, (_, index) =>
      attempt('viewer@harbour-goods.example', `guess number ${index}`, '192.0.2.2'),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    const looked = statuses.filter((status) => status === 401).length;
    expect(looked).toBeGreaterThanOrEqual(3);
    // The first waits are of 1, 2 and 4 seconds: on a busy machine some may end before all have been sent.
    expect(looked).toBeLessThanOrEqual(6);
  });

  it('does not lock the owner out, who signs in from elsewhere', async () => {
    for (let round = 0; round < 5; round += 1) await attempt(victim.email, 'a guess', '2001:db8:1:2::9');
    await attempt(victim.email, victim.password, '2001:db8:1:2::77').expect(429);
    await attempt(victim.email, victim.password, '2001:db8:1:3::1').expect(200);
  });

  it('is forgiven by the right password', async () => {
    const { email, password } = it_.plan.organizations[1]!.users[0]!;
    for (let round = 0; round < 6; round += 1) {
      await attempt(email, 'a slip', '192.0.2.4').expect(401);
      await attempt(email, password, '192.0.2.4').expect(200);
    }
  });
});

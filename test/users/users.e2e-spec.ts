import type { SeedOrganization, SeedUser } from '../../src/core/seeding/seeds';
import { accessToken, startApp, type TestApp } from '../support/app';

describe('My account', () => {
  let it_: TestApp;
  let harbour: SeedOrganization;
  let tidewater: SeedOrganization;
  let outsider: SeedUser;

  beforeAll(async () => {
    it_ = await startApp();
    const plan = it_.plan;
    [harbour, tidewater] = plan.organizations as [SeedOrganization, SeedOrganization];
    ({ outsider } = plan);
  });
  afterAll(() => it_?.close());

  const as = async (user: SeedUser) => ({ authorization: `Bearer ${await accessToken(it_.http, user)}` });
  const login = (email: string, password: string) =>
    it_.http.post('/v1/auth/login').send({ email, password });

  describe('when it is shown', () => {
    it('is mine, and nothing of it is secret', async () => {
      const { id, email, name } = harbour.users[3]!;
      const { body, headers } = await it_.http
        .get('/v1/me')
        .set(await as(harbour.users[3]!))
        .expect(200);
      expect(body).toEqual({
        id,
        email,
        name,
        emailVerified: true,
        createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        updatedAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      });
      expect(headers.etag).toMatch(/^"\d+"$/);
    });

    it('needs a signed-in caller', async () => {
      for (const path of ['/v1/me', '/v1/me/permissions', '/v1/me/sessions']) {
        const { body, headers } = await it_.http.get(path).expect(401);
        expect(body.code).toBe('unauthenticated');
        expect(headers['www-authenticate']).toBe('Bearer');
      }
    });

    it('is not sent again to who has it', async () => {
      const headers = await as(harbour.users[3]!);
      const { headers: first } = await it_.http.get('/v1/me').set(headers).expect(200);
      await it_.http.get('/v1/me').set(headers).set('if-none-match', first.etag!).expect(304);
    });

    it('tells what my role allows', async () => {
      const permissionsOf = async (user: SeedUser) =>
        (
          await it_.http
            .get('/v1/me/permissions')
            .set(await as(user))
            .expect(200)
        ).body;
      const owner = await permissionsOf(harbour.users[0]!);
      expect(owner).toMatchObject({ organizationId: harbour.id, role: 'owner' });
      expect(owner.permissions).toEqual(owner.permissions.toSorted());
      expect(owner.permissions).toContain('health:read');
    });
  });

  describe('when I change it', () => {
    it('has the new name from then on, and a new tag', async () => {
      const headers = await as(tidewater.users[3]!);
      const before = await it_.http.get('/v1/me').set(headers).expect(200);
      const after = await it_.http.patch('/v1/me').set(headers).send({ name: '  Zoë Åkesson ' }).expect(200);
      expect(after.body.name).toBe('Zoë Åkesson');
      expect(after.headers.etag).not.toBe(before.headers.etag);
      const read = await it_.http.get('/v1/me').set(headers).expect(200);
      expect(read.body).toEqual(after.body);
    });

    it('is not overwritten by who read it before', async () => {
      const headers = await as(tidewater.users[2]!);
      const { headers: read } = await it_.http.get('/v1/me').set(headers).expect(200);
      const write = (name: string) =>
        it_.http.patch('/v1/me').set(headers).set('if-match', read.etag!).send({ name });
      const answers = await Promise.all(['One', 'Two', 'Three', 'Four'].map((name) => write(name)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412]);
    });

    it.each([
      [{ name: '' }, '/name'],
      [{ name: 'x'.repeat(101) }, '/name'],
      [{ name: 'a\u0000b' }, '/name'],
      [{ name: null }, '/name'],
      [{ email: 'other@example.com' }, '/email'],
      [{ emailVerifiedAt: null }, '/emailVerifiedAt'],
    ])('refuses %j', async (changes, pointer) => {
      const response = await it_.http
        .patch('/v1/me')
        .set(await as(tidewater.users[3]!))
        .send(changes);
      expect(response.status).toBe(400);
      expect(response.body.errors[0].pointer).toBe(pointer);
    });
  });

  describe('when I choose another password', () => {
    const change = (headers: { authorization: string }, currentPassword: string, newPassword: string) =>
      it_.http.put('/v1/auth/password').set(headers).send({ currentPassword, newPassword });

    it('takes the current one, ends my other sessions and keeps this one', async () => {
      const user = tidewater.users[1]!;
      const [here, elsewhere] = [await as(user), await as(user)];
      await it_.http.get('/v1/me').set(elsewhere).expect(200);
      const { body } = await change(here, 'not the password', 'a whole new password').expect(401);
      expect(body.code).toBe('invalid_credentials');
      await it_.http.get('/v1/me').set(elsewhere).expect(200);
      await change(here, user.password, ' a whole new pässword ').expect(204);
      await it_.http.get('/v1/me').set(here).expect(200);
      await it_.http.get('/v1/me').set(elsewhere).expect(401);
      await login(user.email, user.password).expect(401);
      await login(user.email, 'a whole new pässword').expect(401);
      await login(user.email, ' a whole new pa\u0308ssword ').expect(200);
    });

    it.each(['short', '12345678', 'PassWord123', 'qwertyuiop', 'x'.repeat(257), 'broken \ud800 unicode'])(
      'refuses %s',
      async (newPassword) => {
        const user = harbour.users[1]!;
        const { body } = await change(await as(user), user.password, newPassword).expect(400);
        expect(body.errors[0].pointer).toBe('/newPassword');
      },
    );
  });

  describe('when I delete it', () => {
    it('is gone with its sessions, and only the owner of its password can do it', async () => {
      const headers = await as(outsider);
      const remove = (currentPassword: string) =>
        it_.http.delete('/v1/me').set(headers).send({ currentPassword });
      await remove('not the password').expect(401);
      await it_.http.delete('/v1/me').set(headers).expect(401);
      await it_.http.get('/v1/me').set(headers).expect(200);
      await remove(outsider.password).expect(204);
      await it_.http.get('/v1/me').set(headers).expect(401);
      await login(outsider.email, outsider.password).expect(401);
    });
  });
});

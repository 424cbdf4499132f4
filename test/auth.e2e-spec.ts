import { startApp, type TestApp } from './support/app';
import type { SeedOrganization } from '../src/core/seeding/seeds';

describe('Signing in', () => {
  let it_: TestApp;
  let acme: SeedOrganization;
  beforeAll(async () => {
    it_ = await startApp();
    acme = (await it_.seed()).organizations[0]!;
  });
  afterAll(() => it_?.close());

  it('hands out a pair of tokens that open what is the caller’s own', async () => {
    const { email, password, id } = acme.users[0]!;
    const { body } = await it_.http.post('/v1/auth/login').send({ email, password }).expect(200);
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
});

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { Authentication } from '../../src/core/auth/authentication';
import type { SeedUser } from '../../src/core/seeding/seeds';
import { Accounts } from '../support/second-factors';
import { idOf, Page, Sessions } from './sessions.fixture';
import { startApp, type TestApp } from '../support/app';
import { Authenticator } from '../support/authenticator';
import { eventually } from '../support/eventually';
import { ORIGIN, Passkeys } from '../support/passkeys';

const PROOF = '/v1/auth/session/proof';
const SENSITIVE = '/v1/auth/password';

describe('A proof that it is still the owner', () => {
  let it_: TestApp;
  let sessions: Sessions;
  let accounts: Accounts;
  let passkeys: Passkeys;

  beforeAll(async () => {
    it_ = await startApp({ AUTH_LOGIN_ATTEMPTS: '3' });
    sessions = new Sessions(it_);
    accounts = await new Accounts(it_).prepare(8);
    passkeys = await new Passkeys(it_).prepare(10);
  });
  afterAll(() => it_?.close());

  type Headers = { authorization: string };
  const prove = (headers: Headers, body: object) => it_.http.post(PROOF).set(headers).send(body);
  /** What the route for sensitive things says: whether it asks for a proof, or looks at the request. */
  const sensitive = async (headers: Headers): Promise<string> =>
    (await it_.http.put(SENSITIVE).set(headers).send({})).body.code;
  /** As if the sign-in had been an hour ago. */
  const age = async (id: string) => {
    await sessions.sql(
      `update auth_sessions set authenticated_at = now() - interval '1 hour' where id = $1`,
      [id],
    );
    await it_.app.get(Authentication).invalidate({ sessionId: id });
  };
  const aged = async (headers: Headers): Promise<Headers> => {
    await age(idOf({ accessToken: headers.authorization }));
    expect(await sensitive(headers)).toBe('recent_sign_in_required');
    return headers;
  };
  const pageOf = async (who: SeedUser) => {
    const page = await new Page(it_).signIn(who);
    const { body } = await page.send('get', '/v1/me/sessions');
    return { page, id: body.items.find(({ current }: { current: boolean }) => current).id as string };
  };

  it('is asked for some time after the sign-in, in the words of RFC 9470', async () => {
    const headers = await accounts.signIn(accounts.someone());
    expect(await sensitive(headers)).toBe('validation_failed');
    await aged(headers);
    const answer = await it_.http.put(SENSITIVE).set(headers).send({}).expect(401);
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer error="insufficient_user_authentication", max_age="600"',
    );
  });

  it('is the password, and opens what was closed to this session only', async () => {
    const person = accounts.someone();
    const [here, elsewhere] = [await accounts.signIn(person), await accounts.signIn(person)];
    await Promise.all([aged(here), aged(elsewhere)]);
    await prove(here, { currentPassword: person.password }).expect(204);
    expect(await sensitive(here)).toBe('validation_failed');
    expect(await sensitive(elsewhere)).toBe('recent_sign_in_required');
  });

  it('is no wrong password, and guesses are slowed down as those at log-in', async () => {
    const person = accounts.someone();
    const headers = await aged(await accounts.signIn(person));
    const codes: string[] = [];
    for (let guess = 0; guess < 4; guess += 1) {
      codes.push((await prove(headers, { currentPassword: `guess number ${guess}` })).body.code);
    }
    expect(codes).toEqual([...Array<string>(3).fill('invalid_credentials'), 'too_many_attempts']);
    await prove(headers, { currentPassword: person.password }).expect(429);
    expect(await sensitive(headers)).toBe('recent_sign_in_required');
    expect(await accounts.eventsOf(person)).toContain('auth.proof_failed');
  });

  it('is a second factor for who has one: the password alone is not enough', async () => {
    const owner = await accounts.owner();
    const headers = await aged(owner.headers);
    const { body } = await prove(headers, { currentPassword: owner.password }).expect(403);
    expect(body).toMatchObject({ code: 'proof_not_accepted', accepted: ['totp', 'recovery_code'] });
    await prove(headers, { code: accounts.wrongCode(owner) }).expect(401);
    expect(await sensitive(headers)).toBe('recent_sign_in_required');
    await prove(headers, { code: owner.code() }).expect(204);
    expect(await sensitive(headers)).toBe('validation_failed');
  });

  it('is not a code that was used before', async () => {
    const owner = await accounts.owner();
    const headers = await aged(owner.headers);
    const code = owner.code();
    await prove(headers, { code }).expect(204);
    await aged(headers);
    await prove(headers, { code }).expect(401);
    expect(await sensitive(headers)).toBe('recent_sign_in_required');
  });

  it('may be a recovery code, once', async () => {
    const owner = await accounts.owner();
    const headers = await aged(owner.headers);
    const [recoveryCode] = owner.recoveryCodes;
    await prove(headers, { recoveryCode }).expect(204);
    expect(await sensitive(headers)).toBe('validation_failed');
    await prove(headers, { recoveryCode }).expect(401);
  });

  it('is a passkey for who has one, and not somebody else’s', async () => {
    const [device, other] = [new Authenticator(ORIGIN), new Authenticator(ORIGIN)];
    const owner = await passkeys.owner(device);
    await passkeys.owner(other);
    const headers = await aged(owner.headers);
    const shown = async (by: Authenticator) => ({ passkey: await passkeys.answer(by) });
    await prove(headers, { currentPassword: owner.password }).expect(403);
    await prove(headers, await shown(other)).expect(401);
    expect(await sensitive(headers)).toBe('recent_sign_in_required');
    await prove(headers, await shown(device)).expect(204);
    expect(await sensitive(headers)).toBe('validation_failed');
  });

  it('is a new sign-in for who has neither a password nor a second factor', async () => {
    const person = accounts.someone();
    const headers = await aged(await accounts.signIn(person));
    await sessions.sql('delete from auth_passwords where user_id = $1', [person.id]);
    const { body } = await prove(headers, { currentPassword: person.password }).expect(403);
    expect(body).toMatchObject({ code: 'proof_not_accepted', accepted: [] });
  });

  it.each([
    [{}],
    [{ currentPassword: 'x', code: '123456' }],
    [{ code: '12345a' }],
    [{ password: 'x' }],
    [[]],
  ])('is not %j', async (body) => {
    const headers = await accounts.signIn(it_.plan.outsider);
    expect((await prove(headers, body)).status).toBe(400);
  });

  it('gives a browser another cookie: whoever copied the former is out, and gains nothing', async () => {
    const person = accounts.someone();
    const { page, id } = await pageOf(person);
    await age(id);
    const thief = page.copy();
    const code = async () => (await page.send('put', SENSITIVE, {})).body.code;
    expect([await code(), await thief.status()]).toEqual(['recent_sign_in_required', 200]);
    expect((await page.send('post', PROOF, { currentPassword: person.password })).status).toBe(204);
    expect(await code()).toBe('validation_failed');
    expect(await thief.status()).toBe(401);
  });

  it('by a new password also gives the browser another cookie', async () => {
    const person = accounts.someone();
    const { page } = await pageOf(person);
    const thief = page.copy();
    const change = { currentPassword: person.password, newPassword: 'an entirely new password' };
    expect((await page.send('put', SENSITIVE, change)).status).toBe(204);
    expect([await page.status(), await thief.status()]).toEqual([200, 401]);
  });

  it('goes on in the cookie that the first step of a sign-in asked for', async () => {
    const owner = await accounts.owner();
    const page = new Page(it_);
    const { email, password } = owner;
    const first = await page.send('post', '/v1/auth/login', { email, password, transport: 'cookie' });
    expect([first.body.code, page.line]).toEqual(['mfa_required', '']);
    const answer = { challenge: first.body.challenge, code: owner.code() };
    const { body } = await page.send('post', '/v1/auth/login/second-factor', answer);
    expect(body).toEqual({ tokenType: 'Cookie', expiresIn: expect.any(Number) });
    expect(await page.status()).toBe(200);
  });

  describe('on two instances', () => {
    let second: NestFastifyApplication;
    beforeAll(async () => {
      second = await it_.another();
      await second.listen(0, '127.0.0.1');
    });
    afterAll(() => second?.close());

    it('counts on both within a second', async () => {
      const person = accounts.someone();
      const headers = await accounts.signIn(person);
      await age(idOf({ accessToken: headers.authorization }));
      const there = request(await second.getUrl());
      const code = async () => (await there.put(SENSITIVE).set(headers).send({})).body.code;
      await eventually(async () => expect(await code()).toBe('recent_sign_in_required'), 10_000);
      await prove(headers, { currentPassword: person.password }).expect(204);
      await eventually(async () => expect(await code()).toBe('validation_failed'), 10_000);
    });
  });
});

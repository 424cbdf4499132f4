import type { SeedUser } from '../../src/core/seeding/seeds';
import { Accounts, bearer, bytesOf, codeOf } from '../support/second-factors';
import { startApp, type TestApp } from '../support/app';

describe('An authenticator app', () => {
  let it_: TestApp;
  let accounts: Accounts;

  beforeAll(async () => {
    it_ = await startApp({ AUTH_TOTP_ISSUER: 'Keel & Co' });
    accounts = await new Accounts(it_).prepare(6);
  });
  afterAll(() => it_?.close());

  const factorsOf = async (headers: { authorization: string }) =>
    (await it_.http.get('/v1/me/second-factors').set(headers).expect(200)).body;
  const remove = (headers: { authorization: string }) => it_.http.delete('/v1/me/totp').set(headers);
  const methodsOf = async ({ id }: SeedUser) =>
    (await accounts.sql('select methods from auth_sessions where user_id = $1', [id])).map(
      ({ methods }) => methods,
    );

  describe('that is being set up', () => {
    it('is shown its secret as text, as a URI and as a picture, and asks for nothing yet', async () => {
      const person = accounts.someone();
      const { body } = await accounts.begin(await accounts.signIn(person)).expect(200);
      expect(body).toEqual({
        challenge: expect.stringMatching(/^kch_/),
        expiresIn: 600,
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
        uri: expect.stringContaining(`secret=${body.secret}`),
        qrCode: expect.stringMatching(/^data:image\/svg\+xml;base64,[\w+/]+=*$/),
      });
      expect(decodeURIComponent(body.uri)).toContain(`otpauth://totp/Keel & Co:${person.email}?`);
      await accounts.login(person).expect(200);
    });

    it('takes effect with its first code, which gives ten recovery codes', async () => {
      const person = accounts.someone();
      const headers = await accounts.signIn(person);
      expect(await factorsOf(headers)).toEqual({ factors: [], totp: null, recoveryCodes: null });
      const owner = await accounts.owner();
      expect(new Set(owner.recoveryCodes).size).toBe(10);
      for (const code of owner.recoveryCodes) expect(code).toMatch(/^([\dA-HJKMNP-TV-Z]{5}-?){4}$/);
      const createdAt = expect.stringMatching(/Z$/);
      expect(await factorsOf(owner.headers)).toEqual({
        factors: expect.arrayContaining(['totp', 'recovery_code']),
        totp: { createdAt },
        recoveryCodes: { left: 10, createdAt },
      });
      const { body } = await accounts.login(owner).expect(401);
      expect(body).toMatchObject({ code: 'mfa_required', expiresIn: 300 });
      expect(body.factors.toSorted()).toEqual(['recovery_code', 'totp']);
    });

    it('is not set up by a wrong code, and given up after five', async () => {
      const owner = await accounts.owner();
      await remove(owner.headers).expect(204);
      const { challenge } = (await accounts.begin(owner.headers).expect(200)).body;
      for (let round = 0; round < 5; round += 1) {
        // A code of the app that was removed.
        const { body } = await accounts.confirm(owner.headers, { challenge, code: owner.code() }).expect(400);
        expect(body.code).toBe('wrong_code');
      }
      const { body } = await accounts.confirm(owner.headers, { challenge, code: owner.code() }).expect(400);
      expect(body.code).toBe('challenge_not_usable');
    });

    it('is one: of many set up at the same time the first stays', async () => {
      const person = accounts.someone();
      const headers = await accounts.signIn(person);
      const apps = await Promise.all(Array.from({ length: 4 }, () => accounts.begin(headers).expect(200)));
      const answers = await Promise.all(
        apps.flatMap(({ body: { challenge, secret } }) =>
          Array.from({ length: 5 }, () => accounts.confirm(headers, { challenge, code: codeOf(secret) })),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const others = answers.filter(({ status }) => status !== 200).map(({ body }) => body.code);
      expect(new Set([...others, 'totp_set_up_already', 'challenge_not_usable']).size).toBe(2);
      expect((await accounts.begin(headers).expect(409)).body.code).toBe('totp_set_up_already');
      expect((await factorsOf(headers)).recoveryCodes.left).toBe(10);
    });

    it('cannot be set up by another user who got hold of the challenge and a code', async () => {
      const [victim, thief] = [accounts.someone(), accounts.someone()];
      const { body } = await accounts.begin(await accounts.signIn(victim)).expect(200);
      const theirs = await accounts.signIn(thief);
      const stolen = { challenge: body.challenge, code: codeOf(body.secret) };
      expect((await accounts.confirm(theirs, stolen).expect(400)).body.code).toBe('challenge_not_usable');
      await accounts.login(thief).expect(200);
    });

    it('has used up the code that set it up', async () => {
      const person = accounts.someone();
      const headers = await accounts.signIn(person);
      const begun = (await accounts.begin(headers).expect(200)).body;
      const code = codeOf(begun.secret);
      await accounts.confirm(headers, { challenge: begun.challenge, code }).expect(200);
      const { body } = await accounts
        .answer({ challenge: await accounts.challenge(person), code })
        .expect(401);
      expect(body.code).toBe('invalid_second_factor');
    });

    it('ends the sessions that were opened without it, and counts as shown in this one', async () => {
      const person = accounts.someone();
      const [stolen, headers] = [await accounts.signIn(person), await accounts.signIn(person)];
      const { body } = await accounts.begin(headers).expect(200);
      await it_.http.get('/v1/me').set(stolen).expect(200);
      const proof = { challenge: body.challenge, code: codeOf(body.secret) };
      await accounts.confirm(headers, proof).expect(200);
      await it_.http.get('/v1/me').set(stolen).expect(401);
      await it_.http.get('/v1/me').set(headers).expect(200);
      expect(await methodsOf(person)).toEqual([['password', 'totp']]);
    });

    it('leaves no secret in the tables that could be read there', async () => {
      const person = accounts.someone();
      const headers = await accounts.signIn(person);
      const { challenge, secret } = (await accounts.begin(headers).expect(200)).body;
      const written = async () => {
        const tables = ['auth_challenges', 'auth_totp'];
        const rows = await Promise.all(tables.map((table) => accounts.sql(`select * from ${table}`)));
        return JSON.stringify(rows.flat(), (_key, value) =>
          value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
        );
      };
      const raw = bytesOf(secret);
      const forms = [secret, raw.toString('latin1'), raw.toString('base64'), raw.toString('hex')];
      const pending = await written();
      await accounts.confirm(headers, { challenge, code: codeOf(secret) }).expect(200);
      const kept = await written();
      for (const form of forms) {
        expect(pending).not.toContain(form);
        expect(kept).not.toContain(form);
      }
    });
  });

  describe('that somebody wants to change in a stolen session', () => {
    it('asks for a recent proof first, whatever the change', async () => {
      const owner = await accounts.owner();
      const signedIn = (await accounts.enter(owner)).body.accessToken;
      await accounts.sql(
        `update auth_sessions set authenticated_at = now() - interval '1 hour' where user_id = $1`,
        [owner.id],
      );
      const stolen = bearer(signedIn);
      const changes = [
        accounts.begin(stolen),
        accounts.confirm(stolen, { challenge: 'x', code: owner.code() }),
        remove(stolen),
        it_.http.post('/v1/me/recovery-codes').set(stolen),
      ];
      for (const change of changes) {
        expect((await change.expect(401)).body.code).toBe('recent_sign_in_required');
      }
      await it_.http.get('/v1/me/second-factors').set(stolen).expect(200);
    });

    it('tells its owner by mail and in the ledger that it came and went', async () => {
      const owner = await accounts.owner();
      await remove(owner.headers).expect(204);
      const subjects = (await accounts.mailed(owner.email)).map(({ subject }) => subject);
      expect(subjects).toEqual([
        'An authenticator app was added to your account',
        'The authenticator app was removed from your account',
      ]);
      expect(await accounts.eventsOf(owner)).toEqual(
        expect.arrayContaining(['auth.totp_added', 'auth.totp_removed']),
      );
    });
  });

  describe('that was removed', () => {
    it('is asked for no more, takes its recovery codes with it, and ends the other sessions', async () => {
      const owner = await accounts.owner();
      const other = bearer((await accounts.enter(owner)).body.accessToken);
      await remove(owner.headers).expect(204);
      await it_.http.get('/v1/me').set(other).expect(401);
      expect(await factorsOf(owner.headers)).toEqual({ factors: [], totp: null, recoveryCodes: null });
      expect(await methodsOf(owner)).toEqual([['password']]);
      await accounts.login(owner).expect(200);
      expect((await remove(owner.headers).expect(404)).body.code).toBe('totp_not_set_up');
    });
  });
});

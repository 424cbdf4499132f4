import { Accounts, bearer, type Owner } from '../support/second-factors';
import { commands } from '../../src/core/commands';
import { startApp, type TestApp } from '../support/app';

describe('The second step of a sign-in', () => {
  let it_: TestApp;
  let accounts: Accounts;

  beforeAll(async () => {
    jest.spyOn(console, 'error').mockImplementation();
    it_ = await startApp({ TRUST_PROXY_HOPS: '1' });
    accounts = await new Accounts(it_).prepare(9);
  });
  afterAll(() => it_?.close());

  const codesOf = (answers: { body: { code?: string } }[]) => answers.map(({ body }) => body.code);
  describe('with a code', () => {
    it('lets in, and the session knows that both factors were shown', async () => {
      const owner = await accounts.owner();
      const { status, body } = await accounts.enter(owner);
      expect({ status, tokenType: body.tokenType }).toEqual({ status: 200, tokenType: 'Bearer' });
      const me = await it_.http.get('/v1/me').set(bearer(body.accessToken)).expect(200);
      expect(me.body.id).toBe(owner.id);
      const rows = await accounts.sql(
        'select methods from auth_sessions where user_id = $1 order by created_at desc limit 1',
        [owner.id],
      );
      expect(rows).toEqual([{ methods: ['password', 'totp'] }]);
    });

    it('takes digits as people group them', async () => {
      const owner = await accounts.owner();
      const { status } = await accounts.enter(owner, { code: owner.code().replace(/^.../, '$& ') });
      expect(status).toBe(200);
    });

    it('begins in the organization that the first step asked for', async () => {
      const owner = await accounts.owner();
      const nowhere = '01920000-0000-7000-8000-000000000000';
      const { body } = await it_.http
        .post('/v1/auth/login')
        .send({ email: owner.email, password: owner.password, organizationId: nowhere })
        .expect(401);
      const answer = { challenge: body.challenge, code: owner.code() };
      expect((await accounts.answer(answer).expect(404)).body.code).toBe('organization_not_found');
    });

    it('refuses a code that was used before', async () => {
      const owner = await accounts.owner();
      const code = owner.code();
      expect((await accounts.enter(owner, { code })).status).toBe(200);
      const again = await accounts.enter(owner, { code });
      expect([again.status, again.body.code]).toEqual([401, 'invalid_second_factor']);
    });

    it('lets in one of twenty who send the same code at once', async () => {
      const owner = await accounts.owner();
      const challenges = await accounts.challenges(owner, 20);
      const code = owner.code();
      const answers = await Promise.all(challenges.map((challenge) => accounts.answer({ challenge, code })));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const refusals = new Set(codesOf(answers.filter(({ status }) => status !== 200)));
      expect(refusals.size).toBeGreaterThan(0);
      for (const refusal of refusals) expect(['invalid_second_factor', 'too_many_codes']).toContain(refusal);
    });

    it('lets in one of twenty who answer one challenge rightly at once', async () => {
      const owner = await accounts.owner();
      const challenge = await accounts.challenge(owner);
      const [code, ...more] = [owner.code(), ...owner.recoveryCodes];
      const answers = await Promise.all([
        accounts.answer({ challenge, code }),
        ...more.map((recoveryCode) => accounts.answer({ challenge, recoveryCode })),
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    it('refuses an earlier code once a later one was taken', async () => {
      const owner = await accounts.owner();
      const earlier = owner.code();
      expect((await accounts.enter(owner, { code: owner.code(1) })).status).toBe(200);
      expect((await accounts.enter(owner, { code: earlier })).body.code).toBe('invalid_second_factor');
    });

    it('refuses codes of yesterday and tomorrow, and those of minutes ago and ahead', async () => {
      const owner = await accounts.owner();
      for (const steps of [-2880, -3, -2, 4, 2880]) {
        expect((await accounts.enter(owner, { code: owner.code(steps) })).status).toBe(401);
      }
    });
  });

  describe('when somebody who knows the password guesses', () => {
    it('gives up the challenge after five answers, also for the right one', async () => {
      const owner = await accounts.owner();
      const challenge = await accounts.challenge(owner);
      const wrong = { challenge, code: accounts.wrongCode(owner) };
      for (let round = 0; round < 5; round += 1) {
        expect((await accounts.answer(wrong).expect(401)).body.code).toBe('invalid_second_factor');
      }
      const right = await accounts.answer({ challenge, code: owner.code() }).expect(400);
      expect(right.body.code).toBe('challenge_not_usable');
    });

    it('slows down the account over all challenges and networks, and says for how long', async () => {
      const owner = await accounts.owner();
      expect(codesOf(await accounts.guess(owner, 10))).toEqual(Array(10).fill('invalid_second_factor'));
      const challenge = await accounts.challenge(owner);
      for (const address of ['192.0.2.1', '2001:db8::1']) {
        const refused = await accounts
          .answer({ challenge, code: owner.code() })
          .set('x-forwarded-for', address)
          .expect(429);
        expect(refused.body.code).toBe('too_many_codes');
        expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      }
    });

    it('looks at no more codes when they come all at once', async () => {
      const owner = await accounts.owner();
      const challenges = await accounts.challenges(owner, 8);
      const code = accounts.wrongCode(owner);
      const answers = await Promise.all(
        challenges.flatMap((challenge) =>
          Array.from({ length: 5 }, () => accounts.answer({ challenge, code })),
        ),
      );
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
    });

    it('waits longer and longer', async () => {
      const owner = await accounts.owner();
      await accounts.guess(owner, 10);
      const waits: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const challenge = await accounts.challenge(owner);
        await accounts.sql('update auth_code_attempts set blocked_until = now() where user_id = $1', [
          owner.id,
        ]);
        await accounts.answer({ challenge, code: accounts.wrongCode(owner) }).expect(401);
        const { headers } = await accounts.answer({ challenge, code: owner.code() }).expect(429);
        waits.push(Number(headers['retry-after']));
      }
      expect(waits[1]! / waits[0]!).toBeCloseTo(2, 0);
      expect(waits[2]! / waits[1]!).toBeCloseTo(2, 0);
    });

    it('cannot be made to wait by a stranger who does not know the password', async () => {
      const owner = await accounts.owner();
      for (let round = 0; round < 15; round += 1) {
        await accounts.login({ ...owner, password: 'a guess' }).expect(401);
        await accounts.answer({ challenge: `kch_${'A'.repeat(43)}`, code: '000000' }).expect(400);
      }
      expect((await accounts.enter(owner)).status).toBe(200);
    });

    it('forgives slips of the owner once a code was right', async () => {
      const owner = await accounts.owner();
      for (let round = 0; round < 3; round += 1) {
        await accounts.guess(owner, 5);
        await accounts.forgetStep(owner);
        expect((await accounts.enter(owner)).status).toBe(200);
      }
    });
  });

  describe('takes a challenge', () => {
    const answered = async (challenge: string, owner: Owner) => {
      const { status, body } = await accounts.answer({ challenge, code: owner.code() });
      return [status, body.code];
    };

    it('once', async () => {
      const owner = await accounts.owner();
      const challenge = await accounts.challenge(owner);
      await accounts.answer({ challenge, code: owner.code() }).expect(200);
      const again = { challenge, recoveryCode: owner.recoveryCodes[0] };
      expect((await accounts.answer(again).expect(400)).body.code).toBe('challenge_not_usable');
    });

    it('for five minutes', async () => {
      const owner = await accounts.owner();
      const challenge = await accounts.challenge(owner);
      await accounts.sql('update auth_challenges set expires_at = now() where user_id = $1', [owner.id]);
      expect(await answered(challenge, owner)).toEqual([400, 'challenge_not_usable']);
    });

    it('with a factor of its own user only', async () => {
      const [victim, thief] = [await accounts.owner(), await accounts.owner()];
      const challenge = await accounts.challenge(victim);
      const { code, recoveryCodes } = thief;
      for (const factor of [{ code: code() }, { recoveryCode: recoveryCodes[0] }]) {
        expect((await accounts.answer({ challenge, ...factor })).body.code).toBe('invalid_second_factor');
      }
      // Neither was used up by it.
      expect((await accounts.enter(thief)).status).toBe(200);
      expect((await accounts.enter(thief, { recoveryCode: recoveryCodes[0] })).status).toBe(200);
    });

    it('of this kind: no access or refresh token and no enrolment, and it is no enrolment itself', async () => {
      const owner = await accounts.owner();
      const { body } = await accounts.enter(owner);
      await it_.http.delete('/v1/me/totp').set(bearer(body.accessToken)).expect(204);
      const enrolment = (await accounts.begin(bearer(body.accessToken)).expect(200)).body.challenge;
      for (const challenge of [body.accessToken.slice(0, 200), body.refreshToken, enrolment]) {
        expect(await answered(challenge, owner)).toEqual([400, 'challenge_not_usable']);
      }
      const other = await accounts.owner();
      const step = { challenge: await accounts.challenge(other), code: other.code() };
      const confirmed = await accounts.confirm(other.headers, step).expect(400);
      expect(confirmed.body.code).toBe('challenge_not_usable');
    });

    it('not after the password was changed', async () => {
      const owner = await accounts.owner();
      const challenge = await accounts.challenge(owner);
      const change = { currentPassword: owner.password, newPassword: 'another battery, another horse' };
      await it_.http.put('/v1/auth/password').set(owner.headers).send(change).expect(204);
      expect(await answered(challenge, owner)).toEqual([400, 'challenge_not_usable']);
    });

    it('not after the account was disabled, nor after it was deleted', async () => {
      const [disabled, deleted] = [await accounts.owner(), await accounts.owner('viewer')];
      const challenges = [await accounts.challenge(disabled), await accounts.challenge(deleted)];
      const disable = commands().find(({ name }) => name === 'users disable')!;
      await disable.run(it_.app, [disabled.email]);
      await accounts.sql('delete from users where id = $1', [deleted.id]);
      expect(await answered(challenges[0]!, disabled)).toEqual([403, 'account_disabled']);
      expect(await answered(challenges[1]!, deleted)).toEqual([400, 'challenge_not_usable']);
    });

    it.each([
      ['no answer', {}],
      ['two answers', { code: '123456', recoveryCode: 'X' }],
      ['letters for digits', { code: 'abcdef' }],
      ['digits of another script', { code: '١٢٣٤٥٦' }],
      ['a code that is a number', { code: 123456 }],
      ['operators of another database', { code: { $gt: '' } }],
      ['characters that no recovery code has', { recoveryCode: "' or true --\u0000" }],
      ['a passkey without any of its parts', { passkey: {} }],
      ['what it does not know', { code: '123456', admin: true }],
    ])('and refuses %s', async (_title, answer) => {
      const { body } = await accounts.answer({ challenge: 'kch_x', ...answer }).expect(400);
      expect(body.code).toBe('validation_failed');
    });
  });
});

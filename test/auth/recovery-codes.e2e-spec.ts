import { Accounts } from '../support/second-factors';
import { commands } from '../../src/core/commands';
import { startApp, type TestApp } from '../support/app';

describe('A recovery code', () => {
  let it_: TestApp;
  let accounts: Accounts;

  beforeAll(async () => {
    jest.spyOn(console, 'error').mockImplementation();
    it_ = await startApp();
    accounts = await new Accounts(it_).prepare(4);
  });
  afterAll(() => it_?.close());

  const renew = (headers: object) => it_.http.post('/v1/me/recovery-codes').set({ ...headers });
  const leftOf = async (headers: object) =>
    (
      await it_.http
        .get('/v1/me/second-factors')
        .set({ ...headers })
        .expect(200)
    ).body.recoveryCodes?.left;
  const reset = (email: string) =>
    commands()
      .find(({ name }) => name === 'users reset-second-factor')!
      .run(it_.app, [email]);

  it('lets in once, however it is typed, and its owner hears of it', async () => {
    const owner = await accounts.owner();
    const [first, second] = owner.recoveryCodes as [string, string];
    const typed = second.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
    expect((await accounts.enter(owner, { recoveryCode: first })).status).toBe(200);
    expect((await accounts.enter(owner, { recoveryCode: typed })).status).toBe(200);
    for (const recoveryCode of [first, second, typed]) {
      expect((await accounts.enter(owner, { recoveryCode })).body.code).toBe('invalid_second_factor');
    }
    expect(await leftOf(owner.headers)).toBe(8);
    const mails = await accounts.mailed(owner.email);
    expect(mails.at(-1)!.text).toContain('A recovery code of your account was used.\n\nYou have 8 left.');
    expect(await accounts.eventsOf(owner)).toContain('auth.recovery_code_used');
  });

  it('need not wait while somebody guesses codes, of which the owner is told', async () => {
    const owner = await accounts.owner();
    await accounts.guess(owner, 11);
    expect((await accounts.enter(owner, { recoveryCode: owner.recoveryCodes[0] })).status).toBe(200);
    const subjects = (await accounts.mailed(owner.email)).map(({ subject }) => subject);
    expect(subjects).toContain('Somebody sent many wrong codes for your account');
    const events = await accounts.eventsOf(owner);
    expect(events.filter((type) => type === 'auth.codes_guessed')).toHaveLength(1);
    expect(events.filter((type) => type === 'auth.second_factor_failed')).toHaveLength(10);
  });

  it('lets in one of twenty who send it at once', async () => {
    const owner = await accounts.owner();
    const challenges = await accounts.challenges(owner, 20);
    const recoveryCode = owner.recoveryCodes[0];
    const answers = await Promise.all(
      challenges.map((challenge) => accounts.answer({ challenge, recoveryCode })),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, ...Array(19).fill(401)]);
  });

  it('is stored as a hash that is another for every user', async () => {
    const owner = await accounts.owner();
    const rows = await accounts.sql('select hash from auth_recovery_codes where user_id = $1', [owner.id]);
    expect(rows).toHaveLength(10);
    const written = rows.map(({ hash }) => (hash as Buffer).toString('latin1')).join();
    for (const code of owner.recoveryCodes) {
      expect(written).not.toContain(code);
      expect(written).not.toContain(code.replaceAll('-', ''));
    }
    const other = await accounts.owner();
    await accounts.sql('delete from auth_recovery_codes where user_id = $1', [other.id]);
    await accounts.sql('update auth_recovery_codes set user_id = $2 where user_id = $1', [
      owner.id,
      other.id,
    ]);
    const moved = { recoveryCode: owner.recoveryCodes[0] };
    expect((await accounts.enter(other, moved)).body.code).toBe('invalid_second_factor');
  });

  it('dies when new ones are made, of which there are ten however often one asks at once', async () => {
    const owner = await accounts.owner();
    const answers = await Promise.all(Array.from({ length: 5 }, () => renew(owner.headers).expect(200)));
    expect(await leftOf(owner.headers)).toBe(10);
    const old = { recoveryCode: owner.recoveryCodes[0] };
    expect((await accounts.enter(owner, old)).body.code).toBe('invalid_second_factor');
    const newest = await Promise.all(
      answers.map(({ body }) => accounts.enter(owner, { recoveryCode: body.recoveryCodes[0] })),
    );
    expect(newest.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await accounts.eventsOf(owner)).toContain('auth.recovery_codes_renewed');
  });

  it('is not made for who has nothing that it could stand in for', async () => {
    const headers = await accounts.signIn(accounts.someone());
    expect((await renew(headers).expect(409)).body.code).toBe('second_factor_missing');
    expect(await leftOf(headers)).toBeUndefined();
  });

  it('that is left over is no second factor by itself', async () => {
    const owner = await accounts.owner();
    await accounts.sql('delete from auth_totp where user_id = $1', [owner.id]);
    await accounts.login(owner).expect(200);
  });

  describe('that was lost with the app', () => {
    it('takes an operator, who removes both, signs the owner out and leaves word', async () => {
      const owner = await accounts.owner();
      expect(await reset(owner.email.toUpperCase())).toBe(0);
      await it_.http.get('/v1/me').set(owner.headers).expect(401);
      await accounts.login(owner).expect(200);
      expect(await accounts.eventsOf(owner)).toContain('auth.second_factors_reset');
      const subjects = (await accounts.mailed(owner.email)).map(({ subject }) => subject);
      expect(subjects.at(-1)).toBe('An operator removed all second factors from your account');
    });

    it('is told to the operator when nobody has the address', async () => {
      expect(await reset('stranger@example.com')).toBe(1);
      const said = 'There is no account of "stranger@example.com".';
      expect(jest.mocked(console.error)).toHaveBeenLastCalledWith(said);
    });
  });
});

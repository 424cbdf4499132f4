import { Accounts, bearer } from '../support/second-factors';
import { Mailbox } from './mailbox.fixture';

const NEW = 'a whole new password';

/**
 * Each of these stops a sign-in between its look at the proof and what follows from it: the row of the account is
 * held, the other thing happens, and the row is let go.
 */
describe('A sign-in during which', () => {
  let box: Mailbox;
  let accounts: Accounts;
  beforeAll(async () => {
    box = await Mailbox.start();
    accounts = await new Accounts(box.app).prepare(4);
  });
  afterAll(() => box?.close());

  /** Lets the sign-in come as far as it gets while nobody may touch the account, and runs `meanwhile`. */
  const interrupt = (userId: string, signIn: () => PromiseLike<unknown>, meanwhile: () => Promise<unknown>) =>
    box.session(async (client) => {
      await client.query('begin');
      await client.query('select 1 from users where id = $1 for update', [userId]);
      const answer = Promise.resolve(signIn());
      await box.waiting(1);
      await meanwhile();
      await client.query('commit');
      return (await answer) as { status: number; body: { code?: string } };
    });
  const change = (headers: { readonly authorization: string }, currentPassword: string) =>
    box.app.http
      .put('/v1/auth/password')
      .set(headers)
      .send({ currentPassword, newPassword: NEW })
      .expect(204);
  const sessionsOf = (userId: string) => box.sql('select id from auth_sessions where user_id = $1', [userId]);

  it('the password is changed opens no session that outlives the change', async () => {
    const person = accounts.someone();
    const headers = await accounts.signIn(person);
    const { status, body } = await interrupt(
      person.id,
      () => accounts.login(person),
      () => change(headers, person.password),
    );
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'sign_in_outdated' });
    expect(await sessionsOf(person.id)).toHaveLength(1);
    await box.app.http.get('/v1/me').set(headers).expect(200);
  });

  it('the password is reset opens none either', async () => {
    const email = await box.account();
    await box.app.http.post('/v1/auth/password/reset').send({ email }).expect(202);
    const { token } = await box.newest(email, 'Choose a new password');
    const [{ id }] = (await box.sql('select id from users where email = $1', [email])) as [{ id: string }];
    const { status } = await box.session(async (client) => {
      // The reset touches the row of the account: it waits for it, too, behind the password that it has replaced.
      await client.query('begin');
      await client.query('select 1 from auth_passwords where user_id = $1 for update', [id]);
      const reset = Promise.resolve(
        box.app.http.put('/v1/auth/password/reset').send({ token, newPassword: NEW }),
      );
      await box.waiting(1);
      const login = Promise.resolve(box.login(email));
      await box.waiting(2);
      await client.query('commit');
      expect((await reset).status).toBe(204);
      return login;
    });
    expect(status).toBe(401);
    expect(await sessionsOf(id)).toEqual([]);
  });

  it('the password is changed asks for no second factor', async () => {
    const owner = await accounts.owner();
    const { status, body } = await interrupt(
      owner.id,
      () => accounts.login(owner),
      () => change(owner.headers, owner.password),
    );
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'sign_in_outdated' });
  });

  it('the password is changed is over, although the right second factor follows', async () => {
    const owner = await accounts.owner();
    const challenge = await accounts.challenge(owner);
    await change(owner.headers, owner.password);
    const { status, body } = await accounts.answer({ challenge, code: owner.code() });
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'challenge_not_usable' });
  });

  it('the password is replaced after the second factor was taken opens no session', async () => {
    const owner = await accounts.owner();
    const challenge = await accounts.challenge(owner);
    const { status, body } = await box.session(async (client) => {
      await client.query('begin');
      const replace = 'update auth_passwords set version = gen_random_uuid() where user_id = $1';
      await client.query(replace, [owner.id]);
      const answer = Promise.resolve(accounts.answer({ challenge, code: owner.code() }));
      await box.waiting(1);
      await client.query('commit');
      return answer;
    });
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'sign_in_outdated' });
    expect(await sessionsOf(owner.id)).toHaveLength(1);
  });

  it('the account is removed is refused', async () => {
    const person = accounts.someone();
    const answer = await box.session(async (client) => {
      await client.query('begin');
      await client.query('delete from users where id = $1', [person.id]);
      const login = Promise.resolve(accounts.login(person));
      await box.waiting(1);
      await client.query('commit');
      return login;
    });
    expect(answer.status).toBe(401);
    expect(await sessionsOf(person.id)).toEqual([]);
  });

  it('nothing happens goes on, and so does one that waited', async () => {
    const person = accounts.someone();
    const { status, body } = await interrupt(
      person.id,
      () => accounts.login(person),
      async () => undefined,
    );
    expect(status).toBe(200);
    const { accessToken } = body as { accessToken: string };
    await box.app.http.get('/v1/me').set(bearer(accessToken)).expect(200);
  });
});

import { Client } from 'pg';
import { Database } from '../../src/core/database/database';
import { WaysIn } from '../../src/modules/auth/sign-in/ways-in';
import { startApp, type TestApp } from '../support/app';
import { type Algorithm, Authenticator } from '../support/authenticator';
import { eventually } from '../support/eventually';
import { ORIGIN, Passkeys, type Person } from '../support/passkeys';
import { Accounts } from '../support/second-factors';

describe('A passkey', () => {
  let it_: TestApp;
  let passkeys: Passkeys;

  beforeAll(async () => {
    it_ = await startApp({ CORS_ORIGINS: 'https://shop.example' });
    passkeys = await new Passkeys(it_).prepare(6);
  });
  afterAll(() => it_?.close());

  const device = (algorithm?: Algorithm) => new Authenticator(ORIGIN, algorithm);
  const listOf = async ({ headers }: Person) =>
    (await it_.http.get('/v1/me/passkeys').set(headers).expect(200)).body.items;
  const remove = ({ headers }: Person, id: string) => it_.http.delete(`/v1/me/passkeys/${id}`).set(headers);
  const login = ({ email, password }: Person) => it_.http.post('/v1/auth/login').send({ email, password });
  const forgetPassword = ({ id }: Person) =>
    passkeys.sql('delete from auth_passwords where user_id = $1', [id]);

  it('lets its owner in who says neither a name nor a password', async () => {
    const phone = device();
    const owner = await passkeys.owner(phone);
    const { status, body } = await passkeys.enter(phone);
    expect({ status, tokenType: body.tokenType }).toEqual({ status: 200, tokenType: 'Bearer' });
    const me = await it_.http.get('/v1/me').auth(body.accessToken, { type: 'bearer' }).expect(200);
    expect(me.body.id).toBe(owner.id);
  });

  it.each<Algorithm>(['EdDSA', 'RS256'])('may have a key for %s', async (algorithm) => {
    const key = device(algorithm);
    await passkeys.owner(key);
    expect(await passkeys.enter(key)).toMatchObject({ status: 200 });
    expect(await passkeys.enter(key)).toMatchObject({ status: 200 });
  });

  it('that is synchronized between devices, and so does not count, works again and again', async () => {
    const cloud = new Authenticator(ORIGIN, 'ES256', false);
    const owner = await passkeys.owner(cloud);
    for (const _round of [1, 2]) expect(await passkeys.enter(cloud)).toMatchObject({ status: 200 });
    expect(await listOf(owner)).toMatchObject([{ backedUp: true, lastUsedAt: expect.any(String) }]);
  });

  it('works from a page of a front end that is elsewhere', async () => {
    const laptop = new Authenticator('https://shop.example');
    await passkeys.owner(laptop);
    expect(await passkeys.enter(laptop)).toMatchObject({ status: 200 });
  });

  it('is asked for so that the authenticator keeps it, knows its user, and tells nothing about them', async () => {
    const owner = await passkeys.person();
    const { challenge, expiresIn, publicKey } = await passkeys.creationOptions(owner);
    expect(expiresIn).toBe(300);
    expect(publicKey).toMatchObject({
      rp: { id: 'localhost', name: 'Keelson' },
      user: { name: owner.email, displayName: owner.name },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [],
    });
    expect(publicKey.pubKeyCredParams.map(({ alg }: { alg: number }) => alg)).toEqual([-8, -7, -257]);
    const handle = Buffer.from(publicKey.user.id, 'base64url');
    expect(handle).toHaveLength(32);
    expect(handle.toString('latin1')).not.toContain(owner.id);
    expect(Buffer.from(publicKey.challenge, 'base64url').toString()).toBe(challenge);
    expect(await passkeys.requestOptions()).toMatchObject({
      expiresIn: 300,
      publicKey: { rpId: 'localhost', userVerification: 'required' },
    });
  });

  it('is not made twice in one authenticator, which is told of those there are', async () => {
    const phone = device();
    const owner = await passkeys.owner(phone);
    const { publicKey } = await passkeys.creationOptions(owner);
    expect(publicKey.user.id).toBe(phone.userHandle);
    expect(publicKey.excludeCredentials).toEqual([
      {
        id: phone.credentialId.toString('base64url'),
        type: 'public-key',
        transports: ['internal', 'hybrid'],
      },
    ]);
  });

  it('is listed, renamed and removed by its owner, with a version against lost updates', async () => {
    const owner = await passkeys.person();
    const { body: added, headers } = await passkeys.register(owner, device());
    expect(added).toEqual({
      id: expect.any(String),
      name: 'Phone',
      createdAt: expect.stringMatching(/Z$/),
      lastUsedAt: null,
      backedUp: false,
      transports: ['internal', 'hybrid'],
    });
    expect(headers.location).toBe(`/v1/me/passkeys/${added.id}`);
    expect(await listOf(owner)).toEqual([added]);
    const rename = (name: string, etag: string) =>
      it_.http.patch(headers.location!).set(owner.headers).set('if-match', etag).send({ name });
    expect((await rename('Old phone', headers.etag!).expect(200)).body.name).toBe('Old phone');
    await rename('Older phone', headers.etag!).expect(412);
    const { body: shown } = await it_.http.get(headers.location!).set(owner.headers).expect(200);
    expect(shown).toEqual({ ...added, name: 'Old phone' });
    await remove(owner, added.id).set('if-match', headers.etag!).expect(412);
    await remove(owner, added.id).expect(204);
    expect(await listOf(owner)).toEqual([]);
  });

  it('of somebody else does not exist', async () => {
    const [stranger, owner] = [await passkeys.person(), await passkeys.owner(device())];
    const [{ id }] = await listOf(owner);
    const path = `/v1/me/passkeys/${id}`;
    await it_.http.get(path).set(stranger.headers).expect(404);
    await it_.http.patch(path).set(stranger.headers).send({ name: 'Mine' }).expect(404);
    const { body } = await it_.http.delete(path).set(stranger.headers).expect(404);
    expect(body.code).toBe('passkey_not_found');
    expect(await listOf(owner)).toMatchObject([{ id, name: 'Phone' }]);
  });

  it('does not let anybody in any more once it is removed, nor leave in whom it has let in', async () => {
    const phone = device();
    const owner = await passkeys.owner(phone);
    const { accessToken } = (await passkeys.enter(phone)).body;
    await it_.http.post('/v1/me/recovery-codes').set(owner.headers).expect(200);
    const [{ id }] = await listOf(owner);
    await remove(owner, id).expect(204);
    expect(await passkeys.enter(phone)).toMatchObject({ status: 401, body: { code: 'passkey_refused' } });
    await it_.http.get('/v1/me').auth(accessToken, { type: 'bearer' }).expect(401);
    await login(owner).expect(200);
  });

  it('is told to its owner when it comes and when it goes, by mail and in the ledger', async () => {
    const owner = await passkeys.owner(device());
    const [{ id }] = await listOf(owner);
    await remove(owner, id).expect(204);
    const mails = await new Accounts(it_).mailed(owner.email);
    expect(mails.map(({ subject }) => subject)).toEqual([
      'A passkey was added to your account',
      'A passkey was removed from your account',
    ]);
    expect(await passkeys.eventsOf(owner)).toEqual(['auth.passkey_added', 'auth.passkey_removed']);
  });

  it('is neither added nor removed in a session that was opened long ago', async () => {
    const phone = device();
    const owner = await passkeys.owner(phone);
    const [{ id }] = await listOf(owner);
    const { challenge, publicKey } = await passkeys.creationOptions(owner);
    const { accessToken } = (await passkeys.enter(phone)).body;
    await passkeys.sql(
      `update auth_sessions set authenticated_at = now() - interval '1 day' where user_id = $1`,
      [owner.id],
    );
    // The application has not seen this session yet, so it remembers nothing else of it.
    const old = { ...owner, headers: { authorization: `Bearer ${accessToken}` } };
    const credential = device().create(publicKey);
    for (const request of [
      it_.http.post('/v1/me/passkeys/options').set(old.headers),
      passkeys.add(old, { challenge, credential }),
      remove(old, id),
    ]) {
      expect((await request.expect(401)).body.code).toBe('recent_sign_in_required');
    }
    expect(await listOf(old)).toMatchObject([{ id }]);
  });

  it('makes a password alone too little, and is what is missing', async () => {
    const phone = device();
    const owner = await passkeys.owner(phone);
    const { body } = await login(owner).expect(401);
    expect(body).toMatchObject({ code: 'mfa_required', factors: ['passkey'] });
    const show = (passkey: unknown) =>
      it_.http.post('/v1/auth/login/second-factor').send({ challenge: body.challenge, passkey });
    const another = device();
    await passkeys.owner(another);
    expect((await show(await passkeys.answer(another)).expect(401)).body.code).toBe('passkey_refused');
    const { body: pair } = await show(await passkeys.answer(phone)).expect(200);
    const me = await it_.http.get('/v1/me').auth(pair.accessToken, { type: 'bearer' }).expect(200);
    expect(me.body.id).toBe(owner.id);
  });

  describe('that is the last way in', () => {
    it('stays', async () => {
      const phone = device();
      const owner = await passkeys.owner(phone);
      await forgetPassword(owner);
      const [{ id }] = await listOf(owner);
      expect((await remove(owner, id).expect(409)).body.code).toBe('last_way_in');
      expect(await passkeys.enter(phone)).toMatchObject({ status: 200 });
      expect(await passkeys.eventsOf(owner)).toEqual(['auth.passkey_added']);
    });

    it('stays also when it and the last but one are removed at once', async () => {
      const owner = await passkeys.owner(device());
      for (const _more of [1, 2, 3]) await passkeys.register(owner, device());
      await forgetPassword(owner);
      const ids = (await listOf(owner)).map(({ id }: { id: string }) => id);
      const answers = await Promise.all(ids.map((id: string) => remove(owner, id)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 204, 204, 409]);
      expect(await listOf(owner)).toHaveLength(1);
    });

    it('stays while another way is being taken away: one removal waits for the other', async () => {
      const owner = await passkeys.owner(device());
      await passkeys.register(owner, device());
      await forgetPassword(owner);
      const [first, second] = (await listOf(owner)).map(({ id }: { id: string }) => id);
      const [ways, database] = [WaysIn, Database].map((one) =>
        it_.app.get(one as never, { strict: false }),
      ) as [WaysIn, Database];
      const DELETE = 'delete from auth_passkeys where id = $1';
      const other = new Client({ connectionString: it_.database.ownerUrl });
      await other.connect();
      try {
        await other.query('begin');
        await other.query('select 1 from users where id = $1 for no key update', [owner.id]);
        await other.query(DELETE, [second]);
        const removal = ways
          .remove(owner.id, () => database.manager.query(DELETE, [first]))
          .catch((error: unknown) => error);
        await eventually(async () =>
          expect(
            await other.query('select from pg_locks where pg_backend_pid() = any (pg_blocking_pids(pid))'),
          ).not.toMatchObject({ rowCount: 0 }),
        );
        await other.query('commit');
        expect(await removal).toMatchObject({ type: { code: 'last_way_in' } });
      } finally {
        await other.end();
      }
      expect(await listOf(owner)).toMatchObject([{ id: first }]);
    });
  });
});

import { createHash } from 'node:crypto';
import { flip, IMPERSONATIONS, MAKINGS, mutated, SIGN_INS, swapped } from './passkey-forgeries.fixture';
import { startApp, type TestApp } from '../support/app';
import { Authenticator, type Forgery } from '../support/authenticator';
import { certified } from '../support/certified';
import { Dice } from '../support/hostile';
import { luredBy } from '../support/lure';
import { ORIGIN, Passkeys, type Person } from '../support/passkeys';

const refusal = (status: number, code: unknown) => ({ status, body: { code } });
const device = () => new Authenticator(ORIGIN);
let it_: TestApp;
let passkeys: Passkeys;

beforeAll(async () => {
  it_ = await startApp();
  passkeys = await new Passkeys(it_).prepare(3);
});
afterAll(() => it_?.close());

describe('A sign-in with a passkey', () => {
  let phone: Authenticator;
  let owner: Person;
  let stranger: Authenticator;

  beforeAll(async () => {
    phone = device();
    owner = await passkeys.owner(phone);
    stranger = device();
    await passkeys.owner(stranger);
  });
  // What was refused above was refused for its fault alone.
  afterEach(async () => expect(await passkeys.enter(phone)).toMatchObject({ status: 200 }));

  it.each<[string, (other: Authenticator) => Forgery]>([
    ...Object.entries(SIGN_INS).map(([fault, forgery]): [string, () => Forgery] => [fault, () => forgery]),
    ...Object.entries(IMPERSONATIONS),
  ])('is refused when it %s', async (_fault, forge) => {
    expect(await passkeys.enter(phone, forge(stranger))).toMatchObject(refusal(401, 'passkey_refused'));
  });

  it('is refused with a passkey that nobody has, in the words for a wrong signature', async () => {
    const unknown = device();
    unknown.userHandle = phone.userHandle;
    const [one, other] = [
      await passkeys.enter(unknown),
      await passkeys.enter(phone, { tamper: { signature: flip(-1) } }),
    ];
    expect(one.status).toBe(401);
    expect({ ...one.body, requestId: '' }).toEqual({ ...other.body, requestId: '' });
    expect(Object.keys(one.headers).toSorted()).toEqual(Object.keys(other.headers).toSorted());
  });

  it('lets in once, however often and however fast its answer is sent', async () => {
    const answer = await passkeys.answer(phone);
    const answers = await Promise.all(Array.from({ length: 8 }, () => passkeys.signIn(answer)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(400)]);
    expect(await passkeys.signIn(answer)).toMatchObject(refusal(400, 'challenge_not_usable'));
  });

  it('is refused with an old answer to a new challenge', async () => {
    const { credential } = await passkeys.answer(phone);
    const { challenge } = await passkeys.requestOptions();
    expect(await passkeys.signIn({ challenge, credential })).toMatchObject({ status: 401 });
  });

  it('has no second try with a challenge that was answered wrongly', async () => {
    const { challenge, publicKey } = await passkeys.requestOptions();
    const wrong = phone.get(publicKey, { tamper: { signature: flip(-1) } });
    await passkeys.signIn({ challenge, credential: wrong }).expect(401);
    await passkeys.signIn({ challenge, credential: phone.get(publicKey) }).expect(400);
  });

  it('comes too late after five minutes', async () => {
    const answer = await passkeys.answer(phone);
    await passkeys.sql(`update auth_challenges set expires_at = expires_at - interval '5 minutes'`);
    await passkeys.signIn(answer).expect(400);
  });

  it('does not take the challenge for making a passkey', async () => {
    const { challenge } = await passkeys.creationOptions(owner);
    const publicKey = { rpId: 'localhost', challenge: Buffer.from(challenge).toString('base64url') };
    await passkeys.signIn({ challenge, credential: phone.get(publicKey) }).expect(400);
  });

  it('is refused when the counter goes back or stands still, which the owner is told', async () => {
    const clone = device();
    const victim = await passkeys.owner(clone);
    expect(await passkeys.enter(clone, { signCount: 7 })).toMatchObject({ status: 200 });
    for (const signCount of [7, 6, 0]) {
      expect(await passkeys.enter(clone, { signCount })).toMatchObject({ status: 401 });
    }
    expect(await passkeys.enter(clone, { signCount: 0xffff_ffff })).toMatchObject({ status: 200 });
    expect(await passkeys.eventsOf(victim)).toEqual([
      'auth.passkey_added',
      ...Array(3).fill('auth.passkey_counter_went_back'),
    ]);
  });

  it('lets in one of two who show the same count at once: the other is a copy', async () => {
    const clone = device();
    await passkeys.owner(clone);
    const forgery = { signCount: 40 };
    const answers = await Promise.all(Array.from({ length: 5 }, () => passkeys.answer(clone, forgery)));
    const entered = await Promise.all(answers.map((answer) => passkeys.signIn(answer)));
    expect(entered.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401, 401]);
  });

  it('that fails is told to the owner of the passkey, and moves no counter', async () => {
    const target = device();
    const victim = await passkeys.owner(target);
    await passkeys.enter(target, { signCount: 1000, tamper: { signature: flip(-1) } });
    expect(await passkeys.eventsOf(victim)).toEqual(['auth.passkey_added', 'auth.passkey_refused']);
    expect(await passkeys.enter(target)).toMatchObject({ status: 200 });
  });

  it('gets no 5xx and nobody in, whatever bytes are changed in the answer', async () => {
    const dice = new Dice(20_261_123);
    const statuses = new Set<number>();
    for (let round = 0; round < 60; round += 1) {
      const part = dice.one(['clientDataJSON', 'authenticatorData', 'signature']);
      const tamper = { [part]: (bytes: Buffer) => mutated(dice, bytes) };
      statuses.add((await passkeys.enter(phone, { tamper })).status);
    }
    expect([...statuses].toSorted()).toEqual([400, 401]);
  });

  it('gets no 5xx for values that are of another kind', async () => {
    const dice = new Dice(1);
    for (let round = 0; round < 40; round += 1) {
      const answer = JSON.stringify(await passkeys.answer(phone));
      const { status } = await it_.http
        .post('/v1/auth/passkeys')
        .set('content-type', 'application/json')
        .send(swapped(dice, answer));
      // What is said beside the point may be anything.
      expect([200, 400, 401]).toContain(status);
    }
  });
});

describe('The making of a passkey', () => {
  let owner: Person;
  beforeAll(async () => {
    owner = await passkeys.person();
  });

  it.each(Object.entries(MAKINGS))('is refused when it %s', async (_fault, forgery) => {
    const answer = await passkeys.register(owner, device(), forgery);
    expect(answer).toMatchObject(
      refusal(400, expect.stringMatching(/^(passkey_not_registered|validation_failed)$/)),
    );
    expect(await passkeys.register(owner, device())).toMatchObject({ status: 201 });
    await passkeys.sql('delete from auth_passkeys where user_id = $1', [owner.id]);
  });

  it('is refused with an algorithm that was not offered', async () => {
    expect(await passkeys.register(owner, new Authenticator(ORIGIN, 'RS1'))).toMatchObject(
      refusal(400, 'passkey_not_registered'),
    );
  });

  it('does not fetch the addresses that stand in its certificates', async () => {
    const asked = await luredBy(async (address) => {
      const phone = device();
      const { challenge, publicKey } = await passkeys.creationOptions(owner);
      const clientData = createHash('sha256').update(phone.clientData('webauthn.create', publicKey));
      const attestation = await certified(phone.key.publicKey, clientData.digest(), `${address}/internal`);
      const credential = phone.create(publicKey, { attestation });
      const { body } = await passkeys.add(owner, { challenge, credential }).expect(400);
      expect(body.code).toBe('passkey_not_registered');
    });
    expect(asked).toEqual([]);
  });

  it('is refused to who shows the challenge of another user, who still can use it', async () => {
    const thief = await passkeys.person();
    const { challenge, publicKey } = await passkeys.creationOptions(owner);
    const credential = device().create(publicKey);
    const { body } = await passkeys.add(thief, { challenge, credential }).expect(400);
    expect(body.code).toBe('challenge_not_usable');
    await passkeys.add(owner, { challenge, credential }).expect(201);
  });

  it('does not take a challenge that was for signing in', async () => {
    const { publicKey } = await passkeys.creationOptions(owner);
    const { challenge } = await passkeys.requestOptions();
    const options = { ...publicKey, challenge: Buffer.from(challenge).toString('base64url') };
    await passkeys.add(owner, { challenge, credential: device().create(options) }).expect(400);
  });

  it('happens once, however often it is sent', async () => {
    const { challenge, publicKey } = await passkeys.creationOptions(owner);
    const credential = device().create(publicKey);
    const answers = await Promise.all([1, 2, 3, 4].map(() => passkeys.add(owner, { challenge, credential })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400, 400, 400]);
  });

  it('is refused with the id of a passkey that somebody else has', async () => {
    const phone = device();
    await passkeys.owner(phone);
    const { credentialId } = phone;
    const answer = await passkeys.register(owner, device(), { credentialId });
    expect(answer).toMatchObject(refusal(409, 'passkey_taken'));
    expect(await passkeys.enter(phone)).toMatchObject({ status: 200 });
  });

  it('ends at fifty, also for many at once', async () => {
    const hoarder = await passkeys.person();
    await passkeys.register(hoarder, device());
    await passkeys.sql(
      `insert into auth_passkeys (user_id, name, credential_id, public_key, sign_count, backup_eligible, backed_up)
       select user_id, name, credential_id || int4send(n), public_key, 0, false, false
       from auth_passkeys, generate_series(1, 47) n where user_id = $1`,
      [hoarder.id],
    );
    const answers = await Promise.all([1, 2, 3, 4].map(() => passkeys.register(hoarder, device())));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 409, 409]);
  });

  it('gets no 5xx, whatever bytes are changed in the answer', async () => {
    const dice = new Dice(20_261_123);
    const statuses = new Set<number>();
    for (let round = 0; round < 60; round += 1) {
      const part = dice.one(['clientDataJSON', 'attestationObject', 'attestationObject']);
      const tamper = { [part]: (bytes: Buffer) => mutated(dice, bytes) };
      const { status } = await passkeys.register(owner, device(), { tamper });
      statuses.add(status);
      if (status === 201) await passkeys.sql('delete from auth_passkeys where user_id = $1', [owner.id]);
    }
    // Nothing signs the answer, so another key or id is as good as the first.
    expect([...statuses].toSorted()).toEqual([201, 400]);
  });

  it('gets no 5xx for values that are of another kind', async () => {
    const dice = new Dice(2);
    for (let round = 0; round < 40; round += 1) {
      const { challenge, publicKey } = await passkeys.creationOptions(owner);
      const body = JSON.stringify({ challenge, name: 'Phone', credential: device().create(publicKey) });
      const { status } = await it_.http
        .post('/v1/me/passkeys')
        .set({ ...owner.headers, 'content-type': 'application/json' })
        .send(swapped(dice, body));
      expect([201, 400]).toContain(status);
      if (status === 201) await passkeys.sql('delete from auth_passkeys where user_id = $1', [owner.id]);
    }
  });
});

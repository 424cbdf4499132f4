import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startApp, type TestApp } from './support/app';
import { Authenticator, FLAGS, type Forgery } from './support/authenticator';
import { certified } from './support/certified';
import { Dice, hostile } from './support/hostile';
import { ORIGIN, Passkeys, type Person } from './support/passkeys';

const flip = (position: number) => (bytes: Buffer) => {
  bytes[position < 0 ? bytes.length + position : position]! ^= 0x01;
  return bytes;
};

/** What is wrong with answers of both kinds, in words of who forges them. */
const BOTH: Record<string, Forgery> = {
  'comes from a page of somebody else': { clientData: { origin: 'https://evil.example' } },
  'comes from another port': { clientData: { origin: 'http://localhost:3001' } },
  'comes from an origin that begins like ours': { clientData: { origin: `${ORIGIN}.evil.example` } },
  'comes from our origin without encryption in front': { clientData: { origin: 'https://localhost:3000' } },
  'names two origins': { clientData: { origin: [ORIGIN, 'https://evil.example'] } },
  'comes from a page that another origin has framed': { clientData: { crossOrigin: true } },
  'names the page around it': { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } },
  'names a page around it that it denies': { clientData: { topOrigin: ORIGIN } },
  'is to a challenge of nobody': { clientData: { challenge: randomBytes(35).toString('base64url') } },
  'is to no challenge': { clientData: { challenge: '' } },
  'is for another service': { rpId: 'evil.example' },
  'is for a domain above': { rpId: 'host' },
  'was given while nobody was there': { flags: FLAGS.verified },
  'was given to somebody who was not verified': { flags: FLAGS.present },
  'was copied though it cannot be': { flags: FLAGS.present | FLAGS.verified | FLAGS.copied },
  'breaks off in the middle': { authData: (bytes) => bytes.subarray(0, 36) },
  'goes on after its end': { authData: (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]) },
  'announces extensions that are not there': {
    authData: (bytes) => Object.assign(bytes, { 32: bytes[32]! | 0x80 }),
  },
  'has client data that are no object': { tamper: { clientDataJSON: () => Buffer.from('null') } },
  'has client data that are no JSON': { tamper: { clientDataJSON: (bytes) => bytes.subarray(1) } },
};

describe('A sign-in with a passkey', () => {
  let it_: TestApp;
  let passkeys: Passkeys;
  let phone: Authenticator;
  let owner: Person;
  let stranger: Authenticator;

  beforeAll(async () => {
    it_ = await startApp();
    passkeys = await new Passkeys(it_).prepare(4);
    phone = new Authenticator(ORIGIN);
    owner = await passkeys.owner(phone);
    stranger = new Authenticator(ORIGIN);
    await passkeys.owner(stranger);
  });
  afterAll(() => it_.close());
  // What was refused above was refused for its fault alone.
  afterEach(async () => expect(await passkeys.enter(phone)).toMatchObject({ status: 200 }));

  it.each<[string, () => Forgery]>([
    ...Object.entries(BOTH).map(([fault, forgery]) => [fault, () => forgery] as [string, () => Forgery]),
    ['is the making of one', () => ({ clientData: { type: 'webauthn.create' } })],
    [
      'says of a bound key that it may be copied',
      () => ({
        flags: FLAGS.present | FLAGS.verified | FLAGS.copyable,
      }),
    ],
    ['says that it is of another user', () => ({ userHandle: stranger.userHandle })],
    ['says that it is of nobody', () => ({ userHandle: randomBytes(32).toString('base64url') })],
    [
      'says that it is the passkey of another user',
      () => ({
        credentialId: stranger.credentialId,
        userHandle: stranger.userHandle,
      }),
    ],
    ['has another signature', () => ({ tamper: { signature: flip(-1) } })],
    ['has no signature', () => ({ tamper: { signature: () => Buffer.of(0) } })],
    ['was changed after it was signed', () => ({ tamper: { authenticatorData: flip(36) } })],
    [
      'was verified after it was signed',
      () => ({
        flags: FLAGS.present,
        tamper: {
          authenticatorData: (bytes) => Object.assign(bytes, { 32: bytes[32]! | FLAGS.verified }),
        },
      }),
    ],
    [
      'has client data with a space after they were signed',
      () => ({
        tamper: { clientDataJSON: (bytes) => Buffer.concat([bytes, Buffer.from(' ')]) },
      }),
    ],
  ])('is refused when it %s', async (_fault, forge) => {
    expect(await passkeys.enter(phone, forge())).toMatchObject({
      status: 401,
      body: { code: 'passkey_refused' },
    });
  });

  it('is refused with a passkey that nobody has, in the words for a wrong signature', async () => {
    const unknown = new Authenticator(ORIGIN);
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
    expect(await passkeys.signIn(answer)).toMatchObject({
      status: 400,
      body: { code: 'challenge_not_usable' },
    });
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
    const clone = new Authenticator(ORIGIN);
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
    const clone = new Authenticator(ORIGIN);
    await passkeys.owner(clone);
    const forgery = { signCount: 40 };
    const answers = await Promise.all(Array.from({ length: 5 }, () => passkeys.answer(clone, forgery)));
    const entered = await Promise.all(answers.map((answer) => passkeys.signIn(answer)));
    expect(entered.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401, 401]);
  });

  it('that fails is told to the owner of the passkey, and moves no counter', async () => {
    const target = new Authenticator(ORIGIN);
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
      const { status } = await passkeys.enter(phone, { tamper });
      statuses.add(status);
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
  let it_: TestApp;
  let passkeys: Passkeys;
  let owner: Person;

  beforeAll(async () => {
    it_ = await startApp();
    passkeys = await new Passkeys(it_).prepare(3);
    owner = await passkeys.person();
  });
  afterAll(() => it_.close());
  const device = () => new Authenticator(ORIGIN);

  it.each<[string, Forgery]>([
    ...Object.entries(BOTH),
    ['is a sign-in', { clientData: { type: 'webauthn.get' } }],
    ['has no key', { authData: (bytes) => Object.assign(bytes.subarray(0, 37), { 32: 0x05 }) }],
    ['has an id so short that it can be guessed', { credentialId: randomBytes(15) }],
    ['has an id that is longer than any', { credentialId: randomBytes(1024) }],
    ['has a format that nobody knows', { attestation: { fmt: 'mine', attStmt: new Map() } }],
    [
      'has a statement where there should be none',
      {
        attestation: { fmt: 'none', attStmt: new Map([['alg', -7]]) },
      },
    ],
    [
      'is signed by somebody else than the key',
      {
        attestation: {
          fmt: 'packed',
          attStmt: new Map<string, unknown>([
            ['alg', -7],
            ['sig', new Uint8Array(70)],
          ]),
        },
      },
    ],
  ])('is refused when it %s', async (_fault, forgery) => {
    const answer = await passkeys.register(owner, device(), forgery);
    expect(answer).toMatchObject({
      status: 400,
      body: { code: expect.stringMatching(/^(passkey_not_registered|validation_failed)$/) },
    });
    expect(await passkeys.register(owner, device())).toMatchObject({ status: 201 });
    await passkeys.sql('delete from auth_passkeys where user_id = $1', [owner.id]);
  });

  it('is refused with an algorithm that was not offered', async () => {
    const weak = new Authenticator(ORIGIN, 'RS1');
    expect(await passkeys.register(owner, weak)).toMatchObject({
      status: 400,
      body: { code: 'passkey_not_registered' },
    });
  });

  it('does not fetch the addresses that stand in its certificates', async () => {
    const asked: unknown[] = [];
    const inside = createServer(({ url }, answer) => {
      asked.push(url);
      answer.end();
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
    try {
      const phone = device();
      const { challenge, publicKey } = await passkeys.creationOptions(owner);
      const { port } = inside.address() as AddressInfo;
      const attestation = await certified(
        phone.key.publicKey,
        createHash('sha256').update(phone.clientData('webauthn.create', publicKey)).digest(),
        `http://127.0.0.1:${port}/internal`,
      );
      const credential = phone.create(publicKey, { attestation });
      const { body } = await passkeys.add(owner, { challenge, credential }).expect(400);
      expect({ code: body.code, asked }).toEqual({ code: 'passkey_not_registered', asked: [] });
    } finally {
      inside.closeAllConnections();
      await new Promise((resolve) => inside.close(resolve));
    }
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
    expect(answer).toMatchObject({ status: 409, body: { code: 'passkey_taken' } });
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

/** Some bytes flipped, replaced, cut out or put in, or the rest cut off; never the same bytes. */
function mutated(dice: Dice, bytes: Buffer): Buffer {
  const at = Math.floor(dice.next() * bytes.length);
  const noise = Buffer.from(Array.from({ length: 1 + dice.next() * 4 }, () => dice.next() * 256));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const changed = dice.one([
    before,
    Buffer.concat([before, noise, after]),
    Buffer.concat([before, after.subarray(noise.length)]),
    Buffer.concat([before, noise, after.subarray(noise.length)]),
  ]);
  return changed.equals(bytes) || dice.chance(0.2) ? flip(at)(bytes) : changed;
}

/** The JSON text with one of its strings replaced by a hostile value. */
function swapped(dice: Dice, json: string): string {
  const strings = [...json.matchAll(/:("(?:[^"\\]|\\.)*")/g)];
  const { index, 1: text } = dice.one(strings);
  return `${json.slice(0, index + 1)}${hostile.value(dice)}${json.slice(index + 1 + text!.length)}`;
}

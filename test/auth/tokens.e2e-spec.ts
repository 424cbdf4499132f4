import { createSecretKey, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { connect } from 'node:net';
import { decodeJwt, exportJWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { Client } from 'pg';
import { SigningKeys } from '../../src/modules/auth/keys/signing-keys';
import { startApp, type TestApp } from '../support/app';
import { luredBy } from '../support/lure';

/** What no token of ours names as its algorithm. */
const ALGORITHMS = [
  ['es256', 'Es256', 'ES256 ', 'ES384', 'ES512', 'RS256', 'PS256', 'HS256', 'EdDSA', 'none', 'NONE', ''],
  [null, 256, true, ['ES256'], { name: 'ES256' }],
].flat();

describe('An access token', () => {
  let it_: TestApp;
  let genuine: string;
  let claims: Record<string, unknown>;

  beforeAll(async () => {
    it_ = await startApp();
    const { email, password } = it_.plan.organizations[0]!.users[0]!;
    const { body } = await it_.http.post('/v1/auth/login').send({ email, password }).expect(200);
    genuine = body.accessToken;
    claims = { ...decodeJwt(genuine) };
  });
  afterAll(() => it_?.close());

  const keys = () => it_.app.get(SigningKeys, { strict: false });
  const me = (token: string) => it_.http.get('/v1/me').set('authorization', `Bearer ${token}`);
  /** Like the genuine one in all but what is said. */
  const forge = (
    { header = {}, payload = {} }: { header?: Partial<JWTHeaderParameters>; payload?: object },
    key: KeyObject = keys().signing().key,
  ): Promise<string> =>
    new SignJWT({ ...claims, jti: randomUUID(), ...payload })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: keys().signing().kid, ...header })
      .sign(key);
  const unsigned = (header: object): string =>
    [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');

  it('names its user, session, issuer, audience and life, and no more about the person', () => {
    const names = ['aud', 'exp', 'iat', 'iss', 'jti', 'org', 'sid', 'sub'];
    expect(Object.keys(claims).toSorted()).toEqual(names);
    expect((claims.exp as number) - (claims.iat as number)).toBe(900);
  });

  it('is taken when it is like ours in every respect', async () => {
    await me(await forge({})).expect(200);
  });

  it.each([
    ['that has expired', { payload: { exp: Math.floor(Date.now() / 1000) - 1 } }],
    ['that never expires', { payload: { exp: undefined } }],
    ['for another audience', { payload: { aud: 'another-api' } }],
    ['of another issuer', { payload: { iss: 'https://issuer.example' } }],
    ['of no session', { payload: { sid: undefined } }],
    ['of a session that is not there', { payload: { sid: randomUUID() } }],
    ['for another user than its session', { payload: { sub: randomUUID(), org: undefined } }],
    ['for an organization the user does not belong to', { payload: { org: randomUUID() } }],
    ['with ids that are none', { payload: { sid: 'x', sub: 'y', org: 'z' } }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['of no type', { header: { typ: undefined } }],
    ['with an unknown key id', { header: { kid: 'unknown' } }],
    ['without a key id', { header: { kid: undefined } }],
  ])('is refused %s', async (_case, difference) => {
    const { body } = await me(await forge(difference as never)).expect(401);
    expect(body.code).toBe('invalid_token');
  });

  it('is refused unsigned', async () => {
    const { kid } = keys().signing();
    for (const alg of ['none', 'None', 'ES256']) {
      await me(`${unsigned({ alg, typ: 'at+jwt', kid })}.`).expect(401);
    }
  });

  it('is refused with the public key as the secret of an HMAC', async () => {
    const jwks = (await it_.http.get('/.well-known/jwks.json').expect(200)).body;
    const publicKey = keys().verifyingKey(keys().signing().kid)!;
    const pem = publicKey.export({ format: 'pem', type: 'spki' });
    for (const secret of [pem, JSON.stringify(jwks.keys[0])]) {
      const key = createSecretKey(Buffer.from(secret));
      await me(await forge({ header: { alg: 'HS256' } }, key)).expect(401);
    }
  });

  it('is refused with a key that the token itself brings, or points to, which nobody fetches', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = await exportJWK(publicKey);
    const fetched = await luredBy(async (address) => {
      for (const header of [{ jku: address }, { x5u: address }, { jwk }, { jku: address, kid: 'theirs' }]) {
        await me(await forge({ header }, privateKey)).expect(401);
      }
    });
    expect(fetched).toEqual([]);
  });

  /** As it stands, whatever it is, with a signature of ours over it. */
  const raw = (header: string, payload = JSON.stringify({ ...claims, jti: randomUUID() })): string => {
    const data = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
    const { key } = keys().signing();
    return `${data}.${sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const rawWith = (fields: object): string =>
    raw(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: keys().signing().kid, ...fields }));

  it.each([
    ...ALGORITHMS.map((alg) => ({ alg })),
    { typ: 'AT+JWT+x' },
    { typ: ['at+jwt'] },
    { kid: '../../../../dev/null' },
    { kid: "' or '1'='1" },
    { kid: '__proto__' },
    { kid: 'A'.repeat(43) },
    { kid: 'A'.repeat(8000) },
    { kid: 1 },
    { kid: {} },
    { kid: null },
    { crit: ['exp'] },
    { crit: ['http://example.com/unknown'], 'http://example.com/unknown': true },
    { crit: [] },
    { crit: 'b64', b64: false },
    { crit: ['b64'], b64: false },
  ])('is refused with %j in its header, although our key signed it', async (fields) => {
    const { body } = await me(rawWith(fields)).expect(401);
    expect(body.code).toBe('invalid_token');
  });

  it('is refused when its header or content is no object of JSON, or says one thing twice', async () => {
    const { kid } = keys().signing();
    for (const header of ['', 'null', '[]', '"ES256"', '{', `{"alg":"ES256","kid":"${kid}"`]) {
      await me(raw(header)).expect(401);
    }
    for (const payload of ['', 'null', '[]', '1', '{"sub":']) {
      await me(raw(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid }), payload)).expect(401);
    }
    for (const pair of ['"alg":"ES256","alg":"none"', '"alg":"none","alg":"ES256"']) {
      const [header, payload] = raw(`{${pair},"typ":"at+jwt","kid":"${kid}"}`).split('.');
      await me(`${header}.${payload}.`).expect(401);
      await me(`${header}.${payload}.${'A'.repeat(86)}`).expect(401);
    }
  });

  it('is refused with a signature of nothing, in another form, or with more around it', async () => {
    const [header, payload, signature] = genuine.split('.') as [string, string, string];
    const der = sign('sha256', Buffer.from(`${header}.${payload}`), keys().signing().key).toString(
      'base64url',
    );
    const long = [signature.repeat(2), `${signature}.${signature}`];
    for (const other of ['', 'A'.repeat(86), 'A'.repeat(43), der, ...long]) {
      await me(`${header}.${payload}.${other}`).expect(401);
    }
    const wrong = [
      `${genuine}==`,
      `${genuine}.`,
      `.${genuine}`,
      `${genuine},${genuine}`,
      `"${genuine}"`,
      `${genuine}%0a`,
    ];
    for (const token of wrong) await me(token).expect(401);
    await me(genuine).expect(200);
  });

  it('is refused with a line break in it, before it is read', async () => {
    const { hostname, port } = new URL(it_.url);
    const [head, ...rest] = genuine.split('.') as [string, ...string[]];
    for (const gap of ['\r\n ', '\n', '\r', '\0']) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname, () =>
          socket.write(
            `GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${head}.${gap}${rest.join('.')}\r\n\r\n`,
          ),
        );
        let text = '';
        socket.on('data', (data) => (text += data)).on('close', () => resolve(text));
      });
      expect(answer).toMatch(/^HTTP\/1.1 40[01] /);
    }
  });

  it('is refused when it is large, at no great cost', async () => {
    await me('A'.repeat(12_000)).expect(401);
    await me(`${'A'.repeat(5000)}.${'A'.repeat(5000)}.${'A'.repeat(86)}`).expect(401);
    await me('A'.repeat(100_000)).expect(431);
    await me(genuine).expect(200);
  });

  it('is refused when a bit of its signature or content differs', async () => {
    const [header, payload, signature] = genuine.split('.') as [string, string, string];
    const flipped = (text: string) => (text[9] === 'A' ? 'B' : 'A');
    const changed = (text: string) => text.slice(0, 9) + flipped(text) + text.slice(10);
    await me([header, payload, changed(signature)].join('.')).expect(401);
    await me([header, changed(payload), signature].join('.')).expect(401);
    await me([header, payload].join('.')).expect(401);
    await me(genuine).expect(200);
  });

  it('can be verified by anybody with the published keys, which hold no secret', async () => {
    const response = await it_.http.get('/.well-known/jwks.json').expect(200);
    expect(response.headers['cache-control']).toBe('public, max-age=300');
    expect(response.body.keys).toHaveLength(2);
    for (const key of response.body.keys) {
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });

  it('stays good when the keys are rotated, and the next ones are signed with the key published as next', async () => {
    const before = await forge({});
    const { kid } = keys().signing();
    const published = keys()
      .jwks()
      .keys.map((key) => key.kid);
    await keys().rotate();
    expect(keys().signing().kid).not.toBe(kid);
    expect(published).toContain(keys().signing().kid);
    await me(before).expect(200);
    await me(await forge({})).expect(200);
  });

  it('is signed with a key that is sealed at rest', async () => {
    const client = new Client({ connectionString: it_.database.ownerUrl });
    await client.connect();
    const { rows } = await client.query('select sealed_private_key as sealed from auth_keys');
    await client.end();
    expect(rows.length).toBeGreaterThan(1);
    // PKCS #8 in DER carries the object identifier of EC keys in the clear.
    const objectIdentifier = Buffer.from('06072a8648ce3d0201', 'hex');
    for (const { sealed } of rows) expect(sealed.includes(objectIdentifier)).toBe(false);
  });
});

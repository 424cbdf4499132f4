import { compactVerify, importJWK } from 'jose';
import { ALGORITHM } from './access-tokens';

/** RFC 7515, appendix A.3: ECDSA with P-256 and SHA-256. */
const ES256 = {
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  },
  jws:
    'eyJhbGciOiJFUzI1NiJ9' +
    '.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ' +
    '.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
};

/** RFC 7515, appendix A.1: HMAC with SHA-256. */
const HS256 = {
  jwk: {
    kty: 'oct',
    k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  },
  jws:
    'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9' +
    '.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ' +
    '.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
};

/** RFC 8037, appendix A.4: Ed25519. */
const EDDSA = {
  jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
  jws:
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc' +
    '.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
};

const verify = async ({ jwk, jws }: { jwk: object; jws: string }, algorithms: string[]) => {
  const alg = JSON.parse(Buffer.from(jws.split('.')[0]!, 'base64url').toString()).alg;
  return compactVerify(jws, await importJWK(jwk, alg), { algorithms });
};
const flipped = (jws: string) => jws.slice(0, -10) + (jws.at(-10) === 'A' ? 'B' : 'A') + jws.slice(-9);

describe('Signatures of the standards', () => {
  it('are read as the standards say', async () => {
    const { payload } = await verify(ES256, [ALGORITHM]);
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({ iss: 'joe', exp: 1300819380 });
    await verify(HS256, ['HS256']);
    await verify(EDDSA, ['EdDSA']);
  });

  it('are refused with one bit changed', async () => {
    await expect(verify({ ...ES256, jws: flipped(ES256.jws) }, [ALGORITHM])).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
  });

  it('are refused, right as they are, when they are not of the one algorithm that access tokens have', async () => {
    for (const vector of [HS256, EDDSA]) {
      await expect(verify(vector, [ALGORITHM])).rejects.toMatchObject({ code: 'ERR_JOSE_ALG_NOT_ALLOWED' });
    }
  });
});

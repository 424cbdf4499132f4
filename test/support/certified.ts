import { type KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const KEY_DESCRIPTION = '1.3.6.1.4.1.11129.2.1.17';

/**
 * An attestation as Android makes it, under a root of the attacker's own, that is in order as far as it can be
 * checked before the list of revoked certificates at `address` is fetched.
 */
export async function certified(publicKey: KeyObject, clientDataHash: Buffer, address: string) {
  const jwk = publicKey.export({ format: 'jwk' }) as webcrypto.JsonWebKey;
  const leafKey = await webcrypto.subtle.importKey('jwk', jwk, ECDSA, true, ['verify']);
  const rootKeys = await webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const times = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) };
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Root',
    keys: rootKeys,
    signingAlgorithm: ECDSA,
    ...times,
  });
  const leaf = await x509.X509CertificateGenerator.create({
    subject: 'CN=Key',
    issuer: 'CN=Root',
    publicKey: leafKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: ECDSA,
    ...times,
    extensions: [
      new x509.CRLDistributionPointsExtension([address]),
      new x509.Extension(KEY_DESCRIPTION, false, keyDescription(clientDataHash)),
    ],
  });
  const attStmt = new Map<string, unknown>([
    ['alg', -7],
    ['sig', new Uint8Array(70)],
    ['x5c', [leaf, root].map(({ rawData }) => new Uint8Array(rawData))],
  ]);
  return { fmt: 'android-key', attStmt };
}

/** Version 3, in software, for this challenge, with two empty lists of properties (DER). */
function keyDescription(challenge: Buffer): Uint8Array<ArrayBuffer> {
  const level = [0x02, 1, 3, 0x0a, 1, 0];
  const body = [...level, ...level, 0x04, challenge.length, ...challenge, 0x04, 0, 0x30, 0, 0x30, 0];
  return new Uint8Array([0x30, body.length, ...body]);
}

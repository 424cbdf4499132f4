import { KeyObject, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Files in PEM, and what stands in them. */
export interface Authority {
  /** The certificate of the authority, which nothing trusts by itself. */
  readonly caFile: string;
  /** Certificate and key of a server called `localhost`. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** A private authority in `folder`, with a certificate for a server on this machine, for a day. */
export async function privateAuthority(folder: string): Promise<Authority> {
  const [caKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const times = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Private authority',
    keys: caKeys,
    signingAlgorithm: ECDSA,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    ...times,
  });
  const leaf = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ECDSA,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
    ...times,
  });
  const [cert, key] = [leaf.toString('pem'), pemOf(keys.privateKey)];
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    caFile: write('ca.crt', ca.toString('pem')),
    certFile: write('server.crt', cert),
    keyFile: write('server.key', key),
    cert,
    key,
  };
}

const newKeys = () => webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
const pemOf = (key: webcrypto.CryptoKey): string =>
  KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();

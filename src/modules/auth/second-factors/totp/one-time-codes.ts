import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/**
 * What every authenticator app understands (RFC 6238 with its defaults): HMAC-SHA-1, six digits, steps of 30 seconds.
 * SHA-1 is sound here: nobody can choose what is signed.
 */
const algorithm = 'SHA1';
const DIGITS = 6;
const period = 30;

/** Steps before and after the present one whose codes are taken: for clocks that differ, and for slow typing. */
const WINDOW = 1;

/** As long as the output of the HMAC (RFC 4226, 4). */
const SECRET_BYTES = 20;

export const newSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** For people whose camera does not read the code: base32 without padding. */
export const base32Of = (secret: Buffer): string => secretOf(secret).base32;

/** The code of the moment, in milliseconds since the epoch. `digits` differs only in the vectors of the RFC. */
export const codeAt = (secret: Buffer, timestamp: number, digits = DIGITS): string =>
  TOTP.generate({ secret: secretOf(secret), algorithm, digits, period, timestamp });

/** The time step that the code belongs to, when it is one of those that are taken at the moment; else null. */
export function stepOf(secret: Buffer, token: string, timestamp: number): number | null {
  // otpauth compares bytes, and throws where six characters are more than six of them.
  if (!/^\d+$/.test(token)) return null;
  const options = { token, secret: secretOf(secret), algorithm, digits: DIGITS, period, timestamp };
  const delta = TOTP.validate({ ...options, window: WINDOW });
  return delta === null ? null : TOTP.counter({ period, timestamp }) + delta;
}

/** What the app scans: an `otpauth://` URI with the secret, whose service and whose account it is. */
export const keyUri = (secret: Buffer, issuer: string, account: string): string =>
  new TOTP({
    issuer,
    label: account,
    secret: secretOf(secret),
    algorithm,
    digits: DIGITS,
    period,
  }).toString();

const secretOf = (bytes: Buffer): Secret => new Secret({ buffer: Uint8Array.from(bytes).buffer });

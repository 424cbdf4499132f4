import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Says whose authenticator a credential is for, and what it is to people and to scanners of leaked secrets. */
export const PREFIX = 'kak_';

const TENANT_BYTES = 16;
const SECRET_BYTES = 32;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET = /^kak_([\w-]{64})([\dA-Za-z]{6})$/;

/**
 * `kak_`, then the id of the organization and 256 random bits in base64url, then a checksum. The id tells in which
 * tenant to look, so that no row policy has to open the keys of all; it proves nothing. The checksum tells typing
 * errors, and what only looks like a key, without a look at the database.
 */
export function newSecret(tenantId: string, random: Buffer = randomBytes(SECRET_BYTES)): string {
  const tenant = Buffer.from(tenantId.replaceAll('-', ''), 'hex');
  const body = Buffer.concat([tenant, random]).toString('base64url');
  return PREFIX + body + checksumOf(body);
}

/** The organization that the secret speaks of, or null when it cannot be one of ours. */
export function tenantOf(secret: string): string | null {
  const [, body, checksum] = SECRET.exec(secret) ?? [];
  if (!body || checksumOf(body) !== checksum) return null;
  const hex = Buffer.from(body, 'base64url').toString('hex', 0, TENANT_BYTES);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What is stored of a secret. A plain hash is enough for 256 random bits: there is nothing to guess. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(`api_key:${secret}`).digest();

/** What is shown of a secret later on. */
export const hintOf = (secret: string): string => `${PREFIX}…${secret.slice(-4)}`;

/** CRC-32 in six digits to the base 62. */
function checksumOf(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let place = 0; place < 6; place += 1) {
    digits = DIGITS[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

import { createHash, randomInt } from 'node:crypto';

/** Crockford's base32: no letter looks like a digit, and none is missing when it is read aloud. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 4;
const LETTERS = 5;

/** A new code of 100 random bits, in groups for the eye: `7Q2KD-0XN5T-VJ9WH-B3ZRM`. */
export const newRecoveryCode = (): string => Array.from({ length: GROUPS }, group).join('-');

const group = (): string =>
  Array.from({ length: LETTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/**
 * What is stored of a code, however it was typed: case, hyphens, spaces and the letters that stand for digits do not
 * matter. A plain hash is enough for 100 random bits; with the user in it, no guess counts for two of them.
 */
export function recoveryCodeHash(userId: string, typed: string): Buffer {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return createHash('sha256').update(`recovery_code:${userId}:${code}`).digest();
}

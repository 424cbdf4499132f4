import { hkdfSync } from 'node:crypto';
import { seal, unseal } from '../../../core/sealing';

const PURPOSE = 'keelson refresh token successor';

/** The key that only the token itself yields (HKDF, RFC 5869); the database has no more than the token's hash. */
const keyOf = (token: string): Buffer => Buffer.from(hkdfSync('sha256', token, '', PURPOSE, 32));

/** The refresh token that follows `token`, so that only who has `token` can read it. */
export const sealSuccessor = (token: string, successor: string): Buffer =>
  seal(keyOf(token), PURPOSE, Buffer.from(successor));

/** @throws Error when it was sealed for another token */
export const openSuccessor = (token: string, sealed: Buffer): string =>
  unseal(keyOf(token), PURPOSE, sealed).toString();

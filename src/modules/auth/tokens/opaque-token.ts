import { createHash, randomBytes } from 'node:crypto';

/** What a token is for. Its prefix tells people and secret scanners; the kind in its hash keeps the kinds apart. */
const PREFIXES = {
  refresh: 'krt_',
  session: 'kst_',
  email_verification: 'kev_',
  password_reset: 'kpr_',
  magic_link: 'kml_',
  magic_link_binding: 'kmb_',
  challenge: 'kch_',
  social_state: 'kss_',
  social_code: 'ksc_',
} as const;

export type TokenKind = keyof typeof PREFIXES;

/** A new random token of 256 bits. Only its {@link hashOf} is stored. */
export const newToken = (kind: TokenKind): string => PREFIXES[kind] + randomBytes(32).toString('base64url');

/** What is stored of a token. A plain hash is enough for 256 random bits: there is nothing to guess. */
export const hashOf = (kind: TokenKind, token: string): Buffer =>
  createHash('sha256').update(`${kind}:${token}`).digest();

import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'kin_';
const TENANT_BYTES = 16;
const SECRET_BYTES = 32;
const TOKEN = /^kin_[\w-]{64}$/;

/**
 * A token that is mailed: 256 random bits behind the id of the organization. The id tells in which tenant to look,
 * so that no row policy has to open the invitations of all; it proves nothing.
 */
export function newInvitationToken(tenantId: string): string {
  const tenant = Buffer.from(tenantId.replaceAll('-', ''), 'hex');
  return PREFIX + Buffer.concat([tenant, randomBytes(SECRET_BYTES)]).toString('base64url');
}

/** The organization that the token speaks of, or null when it cannot be one of ours. */
export function tenantOf(token: string): string | null {
  if (!TOKEN.test(token)) return null;
  const hex = Buffer.from(token.slice(PREFIX.length), 'base64url').toString('hex', 0, TENANT_BYTES);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What is stored of a token. A plain hash is enough for 256 random bits: there is nothing to guess. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(`invitation:${token}`).digest();

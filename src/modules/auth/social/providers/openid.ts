import { createHash } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import {
  allowInsecureRequests,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  type IDToken,
} from 'openid-client';
import { z } from 'zod';
import { boundedFetch } from './bounded-fetch';
import type { Dialect, ProviderTokens } from './provider';

export interface Client {
  readonly clientId: string;
  /** Without one the client is public, and PKCE alone protects the code. */
  readonly clientSecret?: string;
  readonly timeoutMs: number;
}

/** The algorithms that are taken, all asymmetric, with the hash that each has `at_hash` made with. */
const ALGORITHMS: Record<string, string> = {
  RS256: 'sha256',
  RS384: 'sha384',
  RS512: 'sha512',
  PS256: 'sha256',
  PS384: 'sha384',
  PS512: 'sha512',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  EdDSA: 'sha512',
  Ed25519: 'sha512',
};

/** How far the clocks of both sides may be apart. */
const TOLERANCE_SECONDS = 30;
/** A token about a sign-in that has just taken place is no older. */
const MAX_AGE_SECONDS = 600;

/** What is wanted of the claims; what is not of its type was not said. */
const wanted = z.object({
  email: z.email().max(254).toLowerCase().optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  picture: z.string().optional().catch(undefined),
});

/** Requests without TLS only where the settings name an issuer without it, which production refuses. */
export const insecureIf = (address: string) => (address.startsWith('http:') ? [allowInsecureRequests] : []);

/** OpenID Connect: who an ID token speaks of, verified as OpenID Connect Core, 3.1.3.7 and 3.1.3.8, asks. */
export const openid = (issuer: string, { clientId, clientSecret, timeoutMs }: Client): Dialect => ({
  scope: 'openid email profile',
  openid: true,

  connect: () =>
    discovery(new URL(issuer), clientId, clientSecret, undefined, {
      [customFetch]: boundedFetch,
      timeout: timeoutMs / 1000,
      // Without the second one a token that comes by TLS would be believed without its signature.
      execute: [...insecureIf(issuer), enableNonRepudiationChecks],
    }),

  async profile(configuration, tokens) {
    // The library has checked signature, iss, aud, exp, nbf, nonce, and that sub and iat are there.
    const claims = tokens.claims()!;
    assertForUs(claims, clientId);
    assertTimely(claims);
    assertSameAnswer(claims, tokens);
    const { email, email_verified, name, picture } = await claimsOf(configuration, tokens, claims);
    return {
      issuer: configuration.serverMetadata().issuer,
      subject: claims.sub,
      email: email ?? null,
      emailVerified: email_verified === true,
      name: name ?? null,
      avatarUrl: picture ?? null,
    };
  },
});

function assertForUs({ azp }: IDToken, clientId: string): void {
  if (azp !== undefined && azp !== clientId)
    throw new Error('The ID token was made for another client (azp).');
}

function assertTimely({ iat }: IDToken): void {
  const age = Date.now() / 1000 - iat;
  if (age < -TOLERANCE_SECONDS) throw new Error('The ID token was made in the future (iat).');
  if (age > MAX_AGE_SECONDS) throw new Error('The ID token was made too long ago (iat).');
}

/** The access token is the one that was made with this ID token (OpenID Connect Core, 3.1.3.6). */
function assertSameAnswer({ at_hash }: IDToken, { id_token, access_token }: ProviderTokens): void {
  const { alg } = decodeProtectedHeader(id_token!);
  const algorithm = Object.hasOwn(ALGORITHMS, alg!) ? ALGORITHMS[alg!] : undefined;
  if (!algorithm) throw new Error(`The ID token is signed with ${alg}, which is not taken.`);
  if (at_hash === undefined) return;
  const digest = createHash(algorithm).update(access_token).digest();
  const expected = digest.subarray(0, digest.length / 2).toString('base64url');
  if (at_hash !== expected) throw new Error('The access token is not that of the ID token (at_hash).');
}

/** Providers may keep the address out of the ID token; then it is asked for. @throws Error when it is another's */
async function claimsOf(configuration: Configuration, tokens: ProviderTokens, claims: IDToken) {
  const known = wanted.parse(claims);
  if (known.email || !configuration.serverMetadata().userinfo_endpoint) return known;
  return wanted.parse(await fetchUserInfo(configuration, tokens.access_token, claims.sub));
}

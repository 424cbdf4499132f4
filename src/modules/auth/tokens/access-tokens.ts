import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { httpConfig, type HttpConfig } from '../../../core/http/http.config';
import { authConfig, type AuthConfig } from '../auth.config';
import { SigningKeys } from '../keys/signing-keys';

const TYPE = 'at+jwt';
export const ALGORITHM = 'ES256';
/** As RFC 7515 wants it, without padding, and with the 64 bytes of a signature of ES256. */
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]{86}$/;

const ourClaims = z.object({ sub: z.uuid(), sid: z.uuid(), org: z.uuid().optional(), exp: z.number() });

/** What an access token says. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly organizationId: string | null;
}

export interface VerifiedToken extends AccessClaims {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The key that signed it. */
  readonly kid: string;
}

/** Access tokens: JWTs after RFC 9068, signed with ES256 and our own keys only. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly keys: SigningKeys,
    @Inject(authConfig.token) private readonly config: AuthConfig,
    @Inject(httpConfig.token) private readonly http: HttpConfig,
  ) {}

  get lifetimeSeconds(): number {
    return this.config.AUTH_ACCESS_TOKEN_SECONDS;
  }

  sign({ userId, sessionId, organizationId }: AccessClaims): Promise<string> {
    const { kid, key } = this.keys.signing();
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ sid: sessionId, ...(organizationId && { org: organizationId }) })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
      .setIssuer(this.http.PUBLIC_URL)
      .setAudience(this.config.AUTH_AUDIENCE)
      .setSubject(userId)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + this.lifetimeSeconds)
      .sign(key);
  }

  /** What the token says, or null when it is not one of ours, or expired. Whatever the header points to is ignored. */
  async verify(token: string): Promise<VerifiedToken | null> {
    if (!SHAPE.test(token)) return null;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, ({ kid }) => this.keyOf(kid), {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: this.http.PUBLIC_URL,
        audience: this.config.AUTH_AUDIENCE,
        requiredClaims: ['jti', 'iat'],
      });
      const claims = ourClaims.safeParse(payload).data;
      if (!claims) return null;
      const { sub, sid, org, exp } = claims;
      const kid = protectedHeader.kid!;
      return { userId: sub, sessionId: sid, organizationId: org ?? null, expiresAt: exp * 1000, kid };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  /** Milliseconds since the epoch; a token whose key was revoked after it was verified has ended. */
  endOf({ expiresAt, kid }: VerifiedToken): number {
    return this.keys.verifyingKey(kid) ? expiresAt : 0;
  }

  private async keyOf(kid: string | undefined) {
    const key = await this.keys.findVerifyingKey(kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  }
}

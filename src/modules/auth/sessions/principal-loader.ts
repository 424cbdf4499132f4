import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Principal } from '../../../core/auth/principal';
import type { Loaded } from '../../../core/auth/principal-cache';
import { authConfig, type AuthConfig } from '../auth.config';
import { hasSecondFactor } from '../sign-in/sign-in';
import type { AccessClaims } from '../tokens/access-tokens';
import { Session } from './session.entity';
import { SessionLifetime } from './session-lifetime';
import { NOWHERE, type Standing, Standings } from './standings';

/** What the database knows of the session and the organization that a credential names. */
@Injectable()
export class PrincipalLoader {
  private readonly cacheMs: number;

  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly lifetime: SessionLifetime,
    private readonly standings: Standings,
    @Inject(authConfig.token) config: AuthConfig,
  ) {
    this.cacheMs = config.AUTH_SESSION_CACHE_SECONDS * 1000;
  }

  /** No principal when the session has ended, or the user does not belong to the token's organization any more. */
  async ofToken(holder: AccessClaims): Promise<Loaded> {
    const now = Date.now();
    const { sessionId: id, userId, organizationId } = holder;
    const session = await this.sessions.findOneBy({ id, userId, ...this.lifetime.open() });
    const standing = session && (await this.standings.of(userId, organizationId));
    return { holder, ...this.worth(session, standing, now) };
  }

  /**
   * The active organization is that of the session. Who does not belong to it any more goes on without one: there is
   * no refresh that could tell the page of another, and in another it must not write unawares.
   */
  async ofCookie(cookieHash: Buffer): Promise<Loaded> {
    const now = Date.now();
    const session = await this.sessions.findOneBy({ cookieHash, ...this.lifetime.open() });
    if (!session) return { holder: null, principal: null, freshUntil: now };
    const { id: sessionId, userId, organizationId } = session;
    const standing = (await this.standings.of(userId, organizationId)) ?? NOWHERE;
    return { holder: { sessionId, userId, organizationId }, ...this.worth(session, standing, now) };
  }

  private worth(session: Session | null, standing: Standing | null, now: number): Omit<Loaded, 'holder'> {
    const until = now + this.cacheMs;
    if (!session) return { principal: null, freshUntil: until };
    const freshUntil = Math.min(until, this.lifetime.endOf(session));
    return { principal: standing && principalOf(session, standing), freshUntil };
  }
}

function principalOf({ id, userId, methods, authenticatedAt }: Session, standing: Standing): Principal {
  const { requiresSecondFactor, ...place } = standing;
  const showedSecondFactor = hasSecondFactor(methods);
  return {
    kind: 'user',
    userId,
    sessionId: id,
    ...place,
    authenticatedAt: authenticatedAt.getTime(),
    showedSecondFactor,
    lacksSecondFactor: requiresSecondFactor && !showedSecondFactor,
  };
}

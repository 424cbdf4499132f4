import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Principal } from '../../../core/auth/principal';
import { authConfig, type AuthConfig } from '../auth.config';
import { hasSecondFactor } from '../sign-in/sign-in';
import type { AccessClaims } from '../tokens/access-tokens';
import { Session } from './session.entity';
import { SessionLifetime } from './session-lifetime';
import { Standings } from './standings';

interface Loaded {
  readonly principal: Principal | null;
  /** Milliseconds since the epoch until which this may be believed. */
  readonly freshUntil: number;
}

/** What the database knows of the session and the organization that a token names. */
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
  async load(token: AccessClaims): Promise<Loaded> {
    const until = Date.now() + this.cacheMs;
    const { sessionId, userId, organizationId } = token;
    const session = await this.sessions.findOneBy({ id: sessionId, userId, ...this.lifetime.open() });
    if (!session) return { principal: null, freshUntil: until };
    const standing = await this.standings.of(userId, organizationId);
    const freshUntil = Math.min(until, this.lifetime.endOf(session));
    if (!standing) return { principal: null, freshUntil };
    const { requiresSecondFactor, ...place } = standing;
    const lacksSecondFactor = requiresSecondFactor && !hasSecondFactor(session.methods);
    const authenticatedAt = session.authenticatedAt.getTime();
    const principal = {
      kind: 'user' as const,
      userId,
      sessionId,
      ...place,
      authenticatedAt,
      lacksSecondFactor,
    };
    return { principal, freshUntil };
  }
}

import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { defineProblem } from '../../../core/http/problem';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { authConfig, type AuthConfig } from '../auth.config';
import { hashOf, newToken } from '../tokens/opaque-token';
import { RefreshToken } from './refresh-token.entity';
import type { Session } from './session.entity';
import { SessionsService } from './sessions.service';
import { openSuccessor, sealSuccessor } from './successor';

export const InvalidRefreshToken = defineProblem(
  'unauthenticated',
  'invalid_refresh_token',
  'The refresh token is not valid (any more)',
  'Sign in again at POST /v1/auth/login.',
);
export const RefreshTokenReused = defineProblem(
  'unauthenticated',
  'refresh_token_reused',
  'The refresh token was used before, so its session was ended',
  'Sign in again. Keep the newest token: each works once.',
);

const reused = defineSecurityEvent(
  'auth.refresh_token_reused',
  'A session was ended because one of its tokens was used twice, as a thief would.',
);

/** What a used token left for those who show it again at nearly the same time. */
const IN_GRACE = `
  select sealed_successor as sealed from auth_refresh_tokens
  where hash = $1 and used_at > clock_timestamp() - make_interval(secs => $2)`;

/** The refresh tokens of sessions: each is used once and replaced; one that is shown again later ends its session. */
@Injectable()
export class RefreshTokens {
  private readonly logger = new Logger('RefreshTokens');
  private readonly graceSeconds: number;

  constructor(
    @InjectRepository(RefreshToken) private readonly tokens: Repository<RefreshToken>,
    private readonly sessions: SessionsService,
    private readonly events: SecurityEvents,
    @Inject(authConfig.token) { AUTH_REFRESH_GRACE_SECONDS }: AuthConfig,
  ) {
    this.graceSeconds = AUTH_REFRESH_GRACE_SECONDS;
  }

  async issue(sessionId: string): Promise<string> {
    const token = newToken('refresh');
    await this.tokens.insert({ sessionId, hash: hashOf('refresh', token) });
    return token;
  }

  /**
   * Uses the token up and answers its successor. Shown again it ends the session, for it cannot be told from a
   * stolen one (RFC 9700, 4.14.2); except that within the grace, and while nobody has used its successor, it gets
   * that same successor: two tabs go on with one chain (docs/adr/0011).
   * @throws Problem invalid_refresh_token, refresh_token_reused
   */
  async rotate(token: string): Promise<{ session: Session; refreshToken: string }> {
    const found = await this.tokens.findOneBy({ hash: hashOf('refresh', token) });
    if (!found) throw InvalidRefreshToken();
    // Locks the session first, as whoever ends it does: the other way round the two would wait for each other.
    const rotated = await this.sessions.use(found.sessionId, async (session) => {
      const refreshToken = (await this.replace(token, session)) ?? (await this.again(token));
      if (!refreshToken) await this.endStolen(session);
      return { session, refreshToken };
    });
    if (!rotated) throw InvalidRefreshToken();
    const { session, refreshToken } = rotated;
    if (!refreshToken) throw RefreshTokenReused();
    return { session, refreshToken };
  }

  /** A new token for one that was not used yet. */
  private async replace(token: string, session: Session): Promise<string | null> {
    const successor = newToken('refresh');
    const sealedSuccessor = this.graceSeconds > 0 ? sealSuccessor(token, successor) : null;
    const { affected } = await this.tokens.update(
      { hash: hashOf('refresh', token), usedAt: IsNull() },
      { usedAt: () => 'now()', sealedSuccessor },
    );
    if (!affected) return null;
    await this.tokens.insert({ sessionId: session.id, hash: hashOf('refresh', successor) });
    return successor;
  }

  /** The token that one of late was exchanged for, unless somebody has gone on with it. */
  private async again(token: string): Promise<string | null> {
    const [used] = await this.tokens.query(IN_GRACE, [hashOf('refresh', token), this.graceSeconds]);
    if (!used?.sealed) return null;
    const successor = openSuccessor(token, used.sealed);
    const unused = await this.tokens.existsBy({ hash: hashOf('refresh', successor), usedAt: IsNull() });
    return unused ? successor : null;
  }

  private async endStolen({ id, userId }: Session): Promise<void> {
    await this.sessions.revoke(id);
    await this.events.record(reused, { userId });
    this.logger.warn({ message: 'refresh token reused, session ended', sessionId: id });
  }
}

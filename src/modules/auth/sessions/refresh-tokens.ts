import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { Database } from '../../../core/database/database';
import { defineProblem } from '../../../core/http/problem';
import { hashOf, newToken } from '../tokens/opaque-token';
import { RefreshToken } from './refresh-token.entity';
import type { Session } from './session.entity';
import { SessionsService } from './sessions.service';

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
  'Sign in again. Send one refresh at a time, and keep the newest token: each works once.',
);

/** The refresh tokens of sessions: each is used once and replaced; one that is shown again ends its session. */
@Injectable()
export class RefreshTokens {
  private readonly logger = new Logger('RefreshTokens');

  constructor(
    @InjectRepository(RefreshToken) private readonly tokens: Repository<RefreshToken>,
    private readonly sessions: SessionsService,
    private readonly database: Database,
  ) {}

  async issue(sessionId: string): Promise<string> {
    const token = newToken('refresh');
    await this.tokens.insert({ sessionId, hash: hashOf('refresh', token) });
    return token;
  }

  /**
   * Uses the token up and answers its successor. Of many at once one succeeds, and the others end the session: they
   * cannot be told from a thief (RFC 9700, 4.14.2).
   * @throws Problem invalid_refresh_token, refresh_token_reused
   */
  async rotate(token: string): Promise<{ session: Session; refreshToken: string }> {
    const hash = hashOf('refresh', token);
    const found = await this.tokens.findOneBy({ hash });
    if (!found) throw InvalidRefreshToken();
    const rotated = await this.database.transaction(async () => {
      // Locks the session first, as whoever ends it does: the other way round the two would wait for each other.
      const session = await this.sessions.use(found.sessionId);
      if (!session) throw InvalidRefreshToken();
      const { affected } = await this.tokens.update({ hash, usedAt: IsNull() }, { usedAt: () => 'now()' });
      return affected ? { session, refreshToken: await this.issue(session.id) } : null;
    });
    if (rotated) return rotated;
    await this.sessions.revoke(found.sessionId);
    this.logger.warn({ message: 'refresh token reused, session ended', sessionId: found.sessionId });
    throw RefreshTokenReused();
  }
}

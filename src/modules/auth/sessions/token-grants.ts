import { Injectable } from '@nestjs/common';
import { AccessTokens } from '../tokens/access-tokens';
import { RefreshTokens } from './refresh-tokens';
import type { AccessGrant, TokenPair } from './sessions.schema';
import type { Session } from './session.entity';
import { SessionsService } from './sessions.service';
import { Standings } from './standings';

/** Hands out the tokens of sessions: at sign-in, and at refresh. */
@Injectable()
export class TokenGrants {
  constructor(
    private readonly sessions: SessionsService,
    private readonly refreshTokens: RefreshTokens,
    private readonly accessTokens: AccessTokens,
    private readonly standings: Standings,
  ) {}

  /** The first pair of a new session. */
  async grant(session: Session): Promise<TokenPair> {
    return this.pair(session, await this.refreshTokens.issue(session.id));
  }

  /** Somebody who was removed from the active organization goes on in the oldest that is left. */
  async refresh(token: string): Promise<TokenPair> {
    const { session, refreshToken } = await this.refreshTokens.rotate(token);
    const { id, userId, organizationId } = session;
    if (await this.standings.of(userId, organizationId)) return this.pair(session, refreshToken);
    session.organizationId = await this.standings.choose(userId, undefined);
    await this.sessions.setOrganization(id, userId, session.organizationId);
    return this.pair(session, refreshToken);
  }

  /** An access token for the active organization; earlier ones keep theirs until they expire. */
  async access({ id, userId, organizationId }: Session): Promise<AccessGrant> {
    return {
      accessToken: await this.accessTokens.sign({ userId, sessionId: id, organizationId }),
      tokenType: 'Bearer',
      expiresIn: this.accessTokens.lifetimeSeconds,
    };
  }

  private async pair(session: Session, refreshToken: string): Promise<TokenPair> {
    return {
      ...(await this.access(session)),
      refreshToken,
      refreshExpiresIn: this.sessions.secondsLeft(session),
    };
  }
}

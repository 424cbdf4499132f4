import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import type { Proof, SignInOptions } from '../sign-in/sign-in';
import { AccessTokens } from '../tokens/access-tokens';
import { RefreshTokens } from './refresh-tokens';
import type { Session } from './session.entity';
import { SessionsService } from './sessions.service';
import { Standings } from './standings';

/** Hands out tokens: at sign-in, at refresh, and for another organization. */
@Injectable()
export class GrantsService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly refreshTokens: RefreshTokens,
    private readonly accessTokens: AccessTokens,
    private readonly standings: Standings,
  ) {}

  /** Opens a session for a user who proved to be one. @throws Problem organization_not_found */
  async signIn({ userId, methods }: Proof, { organizationId: asked }: SignInOptions) {
    const organizationId = await this.standings.choose(userId, asked);
    const session = await this.sessions.create({ userId, organizationId, methods: [...methods] });
    return this.pair(session, await this.refreshTokens.issue(session.id));
  }

  /** Somebody who was removed from the active organization goes on in the oldest that is left. */
  async refresh(token: string) {
    const { session, refreshToken } = await this.refreshTokens.rotate(token);
    const { id, userId, organizationId } = session;
    if (await this.standings.of(userId, organizationId)) return this.pair(session, refreshToken);
    session.organizationId = await this.standings.choose(userId, undefined);
    await this.sessions.setOrganization(id, userId, session.organizationId);
    return this.pair(session, refreshToken);
  }

  /** An access token of the same session for another organization; earlier tokens keep theirs until they expire. */
  async switchOrganization({ userId, sessionId }: Principal, asked: string) {
    const organizationId = await this.standings.assertMember(asked, userId);
    await this.sessions.setOrganization(sessionId, userId, organizationId);
    return this.access({ id: sessionId, userId, organizationId });
  }

  private async pair(session: Session, refreshToken: string) {
    return {
      ...(await this.access(session)),
      refreshToken,
      refreshExpiresIn: this.sessions.secondsLeft(session),
    };
  }

  private async access({ id, userId, organizationId }: Pick<Session, 'id' | 'userId' | 'organizationId'>) {
    return {
      accessToken: await this.accessTokens.sign({ userId, sessionId: id, organizationId }),
      tokenType: 'Bearer' as const,
      expiresIn: this.accessTokens.lifetimeSeconds,
    };
  }
}

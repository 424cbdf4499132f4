import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import { CookieGrants } from '../cookies/cookie-grants';
import type { Proof, SignInOptions } from '../sign-in/sign-in';
import type { OrganizationGrant, SignInAnswer } from './sessions.schema';
import { SessionsService } from './sessions.service';
import { Standings } from './standings';
import { TokenGrants } from './token-grants';

/** What a session is proved by from now on: tokens, or a cookie and no token that a script could read. */
@Injectable()
export class GrantsService {
  constructor(
    private readonly standings: Standings,
    private readonly sessions: SessionsService,
    private readonly tokens: TokenGrants,
    private readonly cookies: CookieGrants,
  ) {}

  /**
   * Opens a session; when there are too many, the least used one ends. Sign-ins of one user have to come one after
   * another: call it in a transaction that holds the account.
   * @throws Problem organization_not_found; for a cookie cross_site_request, cookies_need_https
   */
  async signIn(
    { userId, methods }: Proof,
    { organizationId: asked, transport }: SignInOptions,
  ): Promise<SignInAnswer & { organizationId: string | null }> {
    if (transport === 'cookie') this.cookies.assertPossible();
    const organizationId = await this.standings.choose(userId, asked);
    const session = await this.sessions.create({ userId, organizationId, methods: [...methods] });
    const grant = await (transport === 'cookie' ? this.cookies.grant(session) : this.tokens.grant(session));
    await this.sessions.endSurplus(userId, session.id);
    return { ...grant, organizationId };
  }

  /** Changes the active organization of a session; without a cookie that takes another access token. */
  async switchOrganization({ userId, sessionId }: Principal, asked: string): Promise<OrganizationGrant> {
    const organizationId = await this.standings.assertMember(asked, userId);
    const session = await this.sessions.setOrganization(sessionId, userId, organizationId);
    return session.cookieHash ? this.cookies.answer(session) : this.tokens.access(session);
  }
}

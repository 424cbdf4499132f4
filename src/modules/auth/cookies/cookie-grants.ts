import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import { SessionCookie } from '../../../core/auth/session-cookie';
import type { CookieGrant } from '../sessions/sessions.schema';
import type { Session } from '../sessions/session.entity';
import { SessionsService } from '../sessions/sessions.service';
import { hashOf, newToken } from '../tokens/opaque-token';

/** Hands out the cookies of sessions. The server makes each value; one that a browser brings along is never taken over. */
@Injectable()
export class CookieGrants {
  constructor(
    private readonly sessions: SessionsService,
    private readonly cookie: SessionCookie,
  ) {}

  /** @throws Problem cross_site_request, cookies_need_https */
  assertPossible(): void {
    this.cookie.assertMaySet();
  }

  /** Puts the new session in the place of the one that the browser had, which ends. */
  async grant(session: Session): Promise<CookieGrant> {
    const replaced = this.cookie.current;
    if (replaced) await this.sessions.revokeCookie(hashOf('session', replaced));
    await this.rotate(session);
    return this.answer(session);
  }

  /** Gives the caller's session another cookie, if it has one: whoever copied the former is out. */
  async renew({ sessionId, userId }: Principal): Promise<void> {
    const session = await this.sessions.get(sessionId, userId);
    if (session.cookieHash) await this.rotate(session);
  }

  /** Takes back the cookie that the running request came with. */
  drop(): void {
    this.cookie.clear();
  }

  answer(session: Session): CookieGrant {
    return { tokenType: 'Cookie', expiresIn: this.sessions.secondsLeft(session) };
  }

  private async rotate({ id, userId, expiresAt }: Session): Promise<void> {
    const token = newToken('session');
    await this.sessions.setCookie(id, userId, hashOf('session', token));
    this.cookie.set(token, Math.ceil((expiresAt.getTime() - Date.now()) / 1000));
  }
}

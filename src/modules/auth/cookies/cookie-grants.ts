import { Injectable } from '@nestjs/common';
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

  /** Gives a session of a browser another cookie: the former is worth nothing from now on. */
  async rotate({ id, userId, expiresAt }: Session): Promise<void> {
    const token = newToken('session');
    await this.sessions.setCookie(id, userId, hashOf('session', token));
    this.cookie.set(token, Math.ceil((expiresAt.getTime() - Date.now()) / 1000));
  }

  /** Takes back the cookie that the running request came with. */
  drop(): void {
    this.cookie.clear();
  }

  answer(session: Session): CookieGrant {
    return { tokenType: 'Cookie', expiresIn: this.sessions.secondsLeft(session) };
  }
}

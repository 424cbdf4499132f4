import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import { Database } from '../../../core/database/database';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { CookieGrants } from '../cookies/cookie-grants';
import { SessionsService } from './sessions.service';

const ended = defineSecurityEvent('auth.session_ended', 'A session of yours was ended from your account.');
const allEnded = defineSecurityEvent(
  'auth.sessions_ended',
  'All your sessions were ended from your account.',
);

/** The end of sessions by their owner, or by a thief, whom the ledger tells then. */
@Injectable()
export class SessionEnds {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly cookies: CookieGrants,
    private readonly events: SecurityEvents,
  ) {}

  /** Ends one, and takes the cookie back if it is the caller's own. @throws Problem session_not_found */
  async end(id: string, { userId, sessionId }: Principal): Promise<void> {
    await this.database.transaction(async () => {
      await this.sessions.end(id, userId);
      await this.events.record(ended, { userId, details: { here: id === sessionId } });
    });
    if (id === sessionId) this.cookies.drop();
  }

  /** Ends all, this one too. */
  async endAll({ userId }: Principal): Promise<void> {
    await this.database.transaction(async () => {
      await this.sessions.endAll(userId);
      await this.events.record(allEnded, { userId });
    });
    this.cookies.drop();
  }

  /** Ends this one; one that has ended meanwhile is no error. */
  async logout({ userId, sessionId }: Principal): Promise<void> {
    await this.database.transaction(async () => {
      await this.sessions.revoke(sessionId);
      await this.events.record(ended, { userId, details: { here: true } });
    });
    this.cookies.drop();
  }
}

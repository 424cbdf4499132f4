import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import { InvalidToken } from '../../../core/auth/problems';
import { Problem } from '../../../core/http/problem';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { CookieGrants } from '../cookies/cookie-grants';
import { SessionsService } from '../sessions/sessions.service';
import type { ProofAnswer } from './proof.schema';
import { ProofChecks } from './proof-checks';

const proved = defineSecurityEvent('auth.proved', 'Somebody signed in proved again that they are you.');
const failed = defineSecurityEvent(
  'auth.proof_failed',
  'Somebody signed in failed to prove that they are you.',
);

/** A session that is older than a sensitive route wants is made fresh by a new proof (OWASP ASVS 5.0, 7.5). */
@Injectable()
export class StepUp {
  constructor(
    private readonly checks: ProofChecks,
    private readonly sessions: SessionsService,
    private readonly cookies: CookieGrants,
    private readonly events: SecurityEvents,
  ) {}

  /** Takes effect on every instance. A cookie is replaced: one that was stolen before does not gain by it. */
  async prove(owner: Principal, answers: ProofAnswer, address: string): Promise<void> {
    const { userId, sessionId } = owner;
    const method = await this.check(userId, answers, address);
    const done = await this.sessions.use(sessionId, async (session) => {
      await this.sessions.setProved(session, method);
      await this.cookies.renew(owner);
      await this.events.record(proved, { userId, details: { method } });
      return true;
    });
    if (!done) throw InvalidToken();
  }

  private async check(userId: string, answers: ProofAnswer, address: string) {
    try {
      return await this.checks.check(userId, answers, address);
    } catch (error) {
      if (error instanceof Problem) {
        await this.events.record(failed, { userId, details: { reason: error.type.code } });
      }
      throw error;
    }
  }
}

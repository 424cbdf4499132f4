import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import { Database } from '../../../core/database/database';
import { defineSecurityEvent, type SecurityEventType } from '../../../core/security-events/security-events';
import { SessionsService } from '../sessions/sessions.service';
import type { SecondFactorName } from '../sign-in/second-factors';
import { FactorNotices } from './factor-notices';
import { RecoveryCodesService } from './recovery-codes/recovery-codes.service';

const secondFactorsReset = defineSecurityEvent(
  'auth.second_factors_reset',
  'An operator removed all second factors from your account.',
);

const SHOWN_HERE = `
  update auth_sessions set methods = array_append(methods, $2) where id = $1 and not ($2 = any (methods))`;
const NOT_SHOWN = `
  update auth_sessions set methods = array(select one from unnest(methods) as one where one <> all ($2))
  where user_id = $1`;

/**
 * What must happen together when somebody's second factors change. The other sessions end (OWASP ASVS 5.0, 7.4.3, by
 * default and not by request): after one was added because they never showed it, after one was removed because
 * whoever lost it may be in one of them. The owner is told.
 */
@Injectable()
export class FactorChanges {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly recoveryCodes: RecoveryCodesService,
    private readonly notices: FactorNotices,
  ) {}

  /** From now on the session counts as opened with the factor, too. Answers new recovery codes. */
  add(
    { userId, sessionId }: Principal,
    name: SecondFactorName,
    type: SecurityEventType,
    adding: () => Promise<void>,
  ): Promise<string[]> {
    return this.during(userId, async () => {
      await adding();
      await this.database.manager.query(SHOWN_HERE, [sessionId, name]);
      await this.sessions.endAll(userId, sessionId);
      await this.notices.tell(type, userId);
      return this.recoveryCodes.replace(userId);
    });
  }

  /**
   * No session counts as opened with the factor any more, unless the user has another of the name. When none is left
   * at all, the recovery codes go, too.
   */
  remove(
    { userId, sessionId }: Principal,
    name: SecondFactorName,
    type: SecurityEventType,
    removing: () => Promise<void>,
  ): Promise<void> {
    return this.during(userId, async () => {
      await removing();
      const left = await this.recoveryCodes.removeUnlessUsable(userId);
      const gone = left.length === 0 ? [name, 'recovery_code'] : [name].filter((one) => !left.includes(one));
      await this.database.manager.query(NOT_SHOWN, [userId, gone]);
      await this.sessions.endAll(userId, sessionId);
      await this.notices.tell(type, userId);
    });
  }

  /** By an operator: ends every session. */
  reset(userId: string, removing: () => Promise<void>): Promise<void> {
    return this.during(userId, async () => {
      await removing();
      await this.sessions.endAll(userId);
      await this.notices.tell(secondFactorsReset, userId);
    });
  }

  /** The account first, as sign-ins hold it before they touch a session: the two must not wait for each other. */
  private during<T>(userId: string, work: () => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      await this.database.manager.query('select 1 from users where id = $1 for no key update', [userId]);
      return work();
    });
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import { currentClient } from '../../../core/http/client';
import { defineProblem } from '../../../core/http/problem';
import { DisablementService } from '../../users/disablement.service';
import { LoginAttempts } from '../login/login-attempts';
import type { Proof } from './sign-in';
import { SignInNotices } from './sign-in-notices';

export const SignInOutdated = defineProblem(
  'unauthenticated',
  'sign_in_outdated',
  'Your account changed while you signed in',
  'Sign in again, with your new password if it was changed.',
);

/** Keeps the password from being replaced, and is empty if it was. */
const HOLD_PASSWORD = 'select 1 from auth_passwords where user_id = $1 and version = $2 for share';

/**
 * Whether a proof still holds when something is made of it. Between the look at a password and the session that
 * follows lie many milliseconds, in which the password may be changed, and every session ended: all but this one.
 */
@Injectable()
export class Proofs {
  constructor(
    private readonly database: Database,
    private readonly notices: SignInNotices,
    private readonly attempts: LoginAttempts,
    private readonly disablement: DisablementService,
  ) {}

  /**
   * Runs `work` in a transaction during which the proof stays true: whoever replaces the password, disables or
   * removes the account comes before it, and it is refused, or after it, and ends what it began.
   * Proofs of one account wait for each other. @throws Problem sign_in_outdated, account_disabled
   */
  during<T>({ userId, methods, passwordVersion }: Proof, work: () => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      if (!(await this.disablement.holdEnabled(userId))) throw SignInOutdated();
      if (methods.includes('password')) await this.hold(HOLD_PASSWORD, [userId, passwordVersion ?? null]);
      return work();
    });
  }

  /** Notes that the proof let somebody in. */
  async succeeded(proof: Proof, tenantId: string | null): Promise<void> {
    const { address } = currentClient();
    if (address) await this.attempts.signedIn(proof.userId, address);
    await this.notices.tell(proof, tenantId);
  }

  private async hold(statement: string, values: unknown[]): Promise<void> {
    const rows: unknown[] = await this.database.manager.query(statement, values);
    if (rows.length === 0) throw SignInOutdated();
  }
}

import { Injectable } from '@nestjs/common';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { UsersService } from '../../users/users.service';
import { PasswordsService } from '../password/passwords.service';

const verified = defineSecurityEvent('auth.email_verified', 'Your e-mail address was verified.');

/**
 * What follows when somebody shows that they receive mail at the address of an account. Until they do, a stranger may
 * have registered the address and waits for its owner to use it ("pre-hijacking"): what the stranger set is void.
 */
@Injectable()
export class AddressProofs {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * Joins the running transaction. At the first proof `passwordHash`, that of the registration whose mail was
   * followed, becomes the password, or there is none. Answers whether it was the first.
   */
  async accept(userId: string, passwordHash: string | null): Promise<boolean> {
    if (!(await this.users.markVerified(userId))) return false;
    if (passwordHash) await this.passwords.set(userId, passwordHash);
    else await this.passwords.remove(userId);
    await this.events.record(verified, { userId });
    return true;
  }
}

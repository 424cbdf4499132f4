import { Injectable } from '@nestjs/common';
import { Mail } from '../../../core/mail/mail';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { UsersService } from '../../users/users.service';

const EVENTS = {
  change: defineSecurityEvent('auth.password_changed', 'Your password was changed.'),
  reset: defineSecurityEvent('auth.password_reset', 'A new password was chosen with a token that we mailed.'),
};

/** How a password came to be replaced. */
export type ReplacementKind = keyof typeof EVENTS;

/** Tells owners that their password was replaced: in the ledger, and by a mail that a thief does not get. */
@Injectable()
export class PasswordNotices {
  constructor(
    private readonly events: SecurityEvents,
    private readonly users: UsersService,
    private readonly mail: Mail,
  ) {}

  /** Joins the running transaction. */
  async tell(kind: ReplacementKind, userId: string): Promise<void> {
    await this.events.record(EVENTS[kind], { userId });
    const { email, name } = await this.users.get(userId);
    const text = [
      `Hello ${name},`,
      `${EVENTS[kind].description} Whoever was signed in elsewhere has been signed out.`,
      'If this was not you, choose a new password at once: ask for a mail at POST /v1/auth/password/reset.',
    ].join('\n\n');
    await this.mail.send({ to: email, subject: 'Your password was changed', text });
  }
}

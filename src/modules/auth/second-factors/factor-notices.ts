import { Injectable } from '@nestjs/common';
import { Mail } from '../../../core/mail/mail';
import { SecurityEvents, type SecurityEventType } from '../../../core/security-events/security-events';
import { UsersService } from '../../users/users.service';

/** Tells owners what became of their second factors: in the ledger, and by a mail that a thief does not get. */
@Injectable()
export class FactorNotices {
  constructor(
    private readonly events: SecurityEvents,
    private readonly mail: Mail,
    private readonly users: UsersService,
  ) {}

  /** Joins the running transaction. `more` is what the owner should know beside what happened. */
  async tell(type: SecurityEventType, userId: string, more?: string): Promise<void> {
    await this.events.record(type, { userId });
    const { email, name } = await this.users.get(userId);
    const text = [
      `Hello ${name},`,
      ...[type.description, more].filter(Boolean),
      'If this was not you, choose a new password, and look through your second factors and sessions.',
    ].join('\n\n');
    await this.mail.send({ to: email, subject: type.description.replace(/\.$/, ''), text });
  }
}

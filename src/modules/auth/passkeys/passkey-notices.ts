import { Injectable } from '@nestjs/common';
import { Mail } from '../../../core/mail/mail';
import { SecurityEvents, type SecurityEventType } from '../../../core/security-events/security-events';
import { UsersService } from '../../users/users.service';

/** Tells owners of what became of their passkeys: in the ledger, and by a mail that a thief does not get. */
@Injectable()
export class PasskeyNotices {
  constructor(
    private readonly events: SecurityEvents,
    private readonly mail: Mail,
    private readonly users: UsersService,
  ) {}

  /** Joins the running transaction. */
  async tell(type: SecurityEventType, userId: string, passkey: string): Promise<void> {
    await this.events.record(type, { userId, details: { passkey } });
    const { email, name } = await this.users.get(userId);
    const text = [
      `Hello ${name},`,
      `${type.description} Its name is “${passkey}”.`,
      'If this was not you, sign in, look through your passkeys and sessions, and choose a new password.',
    ].join('\n\n');
    await this.mail.send({ to: email, subject: type.description.replace(/\.$/, ''), text });
  }
}

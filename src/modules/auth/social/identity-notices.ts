import { Injectable } from '@nestjs/common';
import { Mail } from '../../../core/mail/mail';
import {
  defineSecurityEvent,
  SecurityEvents,
  type SecurityEventType,
} from '../../../core/security-events/security-events';
import { UsersService } from '../../users/users.service';

export const identityLinked = defineSecurityEvent(
  'auth.identity_linked',
  'An account at another provider can sign you in from now on.',
);
export const identityUnlinked = defineSecurityEvent(
  'auth.identity_unlinked',
  'An account at another provider cannot sign you in any more.',
);
export const identityRefused = defineSecurityEvent(
  'auth.identity_refused',
  'An account at another provider was not linked to yours, because it signs somebody else in.',
);

/** Tells owners of what became of their identities: in the ledger, and by a mail that a thief does not get. */
@Injectable()
export class IdentityNotices {
  constructor(
    private readonly events: SecurityEvents,
    private readonly mail: Mail,
    private readonly users: UsersService,
  ) {}

  record(type: SecurityEventType, userId: string, provider: string): Promise<void> {
    return this.events.record(type, { userId, details: { provider } });
  }

  /** Joins the running transaction. */
  async tell(type: SecurityEventType, userId: string, provider: string): Promise<void> {
    await this.record(type, userId, provider);
    const { email, name } = await this.users.get(userId);
    const text = [
      `Hello ${name},`,
      `${type.description} The provider is ${provider}.`,
      'If this was not you, sign in, look through your identities and sessions, and choose a new password.',
    ].join('\n\n');
    await this.mail.send({ to: email, subject: type.description.replace(/\.$/, ''), text });
  }
}

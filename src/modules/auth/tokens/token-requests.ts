import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { currentClient } from '../../../core/http/client';
import { defineJob } from '../../../core/jobs/job';
import { Jobs } from '../../../core/jobs/jobs';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { UsersService } from '../../users/users.service';
import { TokenMails } from './token-mails';

const asked = {
  password_reset: defineSecurityEvent(
    'auth.password_reset_requested',
    'Somebody asked for a mail to choose a new password.',
  ),
  magic_link: defineSecurityEvent('auth.magic_link_requested', 'Somebody asked for a mail to sign in.'),
};

const mailToken = defineJob({
  name: 'auth.mail_token',
  schema: z.object({
    email: z.string(),
    kind: z.enum(['email_verification', 'password_reset', 'magic_link']),
    bindingHash: z.base64url().optional(),
    address: z.string().nullable(),
  }),
});

type Request = z.output<typeof mailToken.schema>;

/**
 * Mails that anybody may ask for. Whether there is an account is looked up by a job: the request does the same work
 * for every address, so that its time does not tell either.
 */
@Injectable()
export class TokenRequests implements OnModuleInit {
  constructor(
    private readonly jobs: Jobs,
    private readonly users: UsersService,
    private readonly mails: TokenMails,
    private readonly events: SecurityEvents,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(mailToken, (request) => this.send(request));
  }

  /** `bindingHash` is of the secret that has to be shown with the token. */
  ask(kind: Request['kind'], email: string, bindingHash?: Buffer): Promise<void> {
    const { address } = currentClient();
    return this.jobs.enqueue(mailToken, {
      email,
      kind,
      bindingHash: bindingHash?.toString('base64url'),
      address,
    });
  }

  private async send({ email, kind, bindingHash, address }: Request): Promise<void> {
    const user = await this.users.holdByEmail(email);
    if (!user || (kind === 'email_verification' && user.emailVerifiedAt)) return;
    await this.mails.send(kind, user, {
      bindingHash: bindingHash === undefined ? undefined : Buffer.from(bindingHash, 'base64url'),
    });
    if (kind !== 'email_verification') {
      await this.events.record(asked[kind], { userId: user.id, details: { address } });
    }
  }
}

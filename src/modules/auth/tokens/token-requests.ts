import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { defineJob } from '../../../core/jobs/job';
import { Jobs } from '../../../core/jobs/jobs';
import { UsersService } from '../../users/users.service';
import type { OneTimeKind } from './one-time-tokens';
import { TokenMails } from './token-mails';

const mailToken = defineJob({
  name: 'auth.mail_token',
  schema: z.object({ email: z.string(), kind: z.enum(['email_verification', 'password_reset']) }),
});

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
  ) {}

  onModuleInit(): void {
    this.jobs.handle(mailToken, ({ email, kind }) => this.send(email, kind));
  }

  ask(kind: OneTimeKind, email: string): Promise<void> {
    return this.jobs.enqueue(mailToken, { email, kind });
  }

  private async send(email: string, kind: OneTimeKind): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (!user || (kind === 'email_verification' && user.emailVerifiedAt)) return;
    await this.mails.send(kind, user);
  }
}

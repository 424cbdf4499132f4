import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { defineJob } from '../../../core/jobs/job';
import { Jobs } from '../../../core/jobs/jobs';
import { UsersService } from '../../users/users.service';
import { PasswordsService } from '../password/passwords.service';
import { TokenMails } from '../tokens/token-mails';

export const makeAccount = defineJob({
  name: 'auth.make_account',
  schema: z.object({ email: z.string(), name: z.string(), passwordHash: z.string() }),
  // Hashes of passwords do not belong into queues, where more people may look.
  sealed: true,
});

type NewAccount = z.output<typeof makeAccount.schema>;

/** New accounts. */
@Injectable()
export class RegistrationService implements OnModuleInit {
  constructor(
    private readonly jobs: Jobs,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly mails: TokenMails,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(makeAccount, (account) => this.make(account));
  }

  /** In the transaction of the job: account, password and the mail that verifies it, or nothing. */
  private async make({ email, name, passwordHash }: NewAccount): Promise<void> {
    const created = await this.users.create({ email, name });
    if (!created) return this.makeAgain(email, passwordHash);
    await this.passwords.set(created.id, passwordHash);
    await this.mails.send('email_verification', created, { passwordHash });
  }

  /** The owner of an address that has an account gets a mail that says so. */
  private async makeAgain(email: string, passwordHash: string): Promise<void> {
    const user = await this.users.holdByEmail(email);
    if (!user) return;
    if (user.emailVerifiedAt) await this.mails.send('known_address', user);
    else await this.mails.send('email_verification', user, { passwordHash });
  }
}

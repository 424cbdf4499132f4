import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import { UsersService } from '../../users/users.service';
import { PasswordsService } from '../password/passwords.service';
import { TokenMails } from '../tokens/token-mails';
import type { Registration } from './registration.schema';

/** New accounts. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly mails: TokenMails,
  ) {}

  /**
   * Makes the account and mails a token that verifies it. The owner of an address that has an account gets a mail
   * that says so, and the answer, its cost included, is the same.
   */
  async register({ email, password, name }: Registration): Promise<void> {
    const hash = await this.passwords.hash(password);
    await this.database.transaction(async () => {
      const created = await this.users.create({ email, name });
      if (!created) return this.registerAgain(email, hash);
      await this.passwords.set(created.id, hash);
      await this.mails.send('email_verification', created, { passwordHash: hash });
    });
  }

  private async registerAgain(email: string, hash: string): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (!user) return;
    if (user.emailVerifiedAt) await this.mails.send('known_address', user);
    else await this.mails.send('email_verification', user, { passwordHash: hash });
  }
}

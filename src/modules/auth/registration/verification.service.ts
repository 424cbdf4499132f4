import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import { UsersService } from '../../users/users.service';
import { PasswordsService } from '../password/passwords.service';
import { OneTimeTokens } from '../tokens/one-time-tokens';

/** Proof that the owner of an account receives mail at its address. */
@Injectable()
export class VerificationService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly tokens: OneTimeTokens,
  ) {}

  /** From now on the password is that of the registration whose mail was followed. @throws Problem token_not_usable */
  redeem(token: string): Promise<void> {
    return this.database.transaction(async () => {
      const { userId, passwordHash } = await this.tokens.redeem('email_verification', token);
      const first = await this.users.markVerified(userId);
      if (first && passwordHash) await this.passwords.set(userId, passwordHash);
    });
  }
}

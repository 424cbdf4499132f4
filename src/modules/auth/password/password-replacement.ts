import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import { SessionsService } from '../sessions/sessions.service';
import { OneTimeTokens } from '../tokens/one-time-tokens';
import { PasswordsService } from './passwords.service';

/** What must happen together when a password is replaced, for whatever reason. */
@Injectable()
export class PasswordReplacement {
  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordsService,
    private readonly tokens: OneTimeTokens,
    private readonly sessions: SessionsService,
  ) {}

  /** To be made before the transaction: argon2 is slow on purpose, and a connection should not wait for it. */
  hash(password: string): Promise<string> {
    return this.passwords.hash(password);
  }

  /** Ends every session but `keep`, and makes worthless every token that was mailed. */
  replace(userId: string, passwordHash: string, keep?: string): Promise<void> {
    return this.database.transaction(async () => {
      await this.passwords.set(userId, passwordHash);
      await this.tokens.removeOf(userId);
      await this.sessions.endAll(userId, keep);
    });
  }
}

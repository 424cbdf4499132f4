import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import { AccessRevocation } from './access-revocation';
import { PasswordNotices, type ReplacementKind } from './password-notices';
import { PasswordsService } from './passwords.service';

/** What must happen together when a password is replaced, for whatever reason. */
@Injectable()
export class PasswordReplacement {
  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordsService,
    private readonly revocation: AccessRevocation,
    private readonly notices: PasswordNotices,
  ) {}

  /** Ends every session but `keep`, makes worthless what was mailed or begun, and tells the owner. */
  replace(kind: ReplacementKind, userId: string, passwordHash: string, keep?: string): Promise<void> {
    return this.database.transaction(async () => {
      await this.passwords.set(userId, passwordHash);
      await this.revocation.revoke(userId, keep);
      await this.notices.tell(kind, userId);
    });
  }
}

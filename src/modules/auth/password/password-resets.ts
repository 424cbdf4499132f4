import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import { VerificationService } from '../registration/verification.service';
import { NewPasswords } from './new-passwords';
import type { PasswordReset } from './password.schema';
import { PasswordReplacement } from './password-replacement';

/** A new password for who forgot the old one. */
@Injectable()
export class PasswordResets {
  constructor(
    private readonly database: Database,
    private readonly verifications: VerificationService,
    private readonly newPasswords: NewPasswords,
    private readonly replacement: PasswordReplacement,
  ) {}

  /** Also verifies the address: the token came by mail. A password that is refused does not use it up. */
  async redeem({ token, newPassword }: PasswordReset): Promise<void> {
    const owner = await this.verifications.ownerOf('password_reset', token);
    const hash = await this.newPasswords.hash('/newPassword', newPassword, owner);
    await this.database.transaction(async () => {
      const userId = await this.verifications.redeem('password_reset', token);
      await this.replacement.replace('reset', userId, hash);
    });
  }
}

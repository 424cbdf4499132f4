import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import { AddressProofs } from '../registration/address-proofs';
import { OneTimeTokens } from '../tokens/one-time-tokens';
import type { PasswordReset } from './password.schema';
import { PasswordReplacement } from './password-replacement';

/** A new password for who forgot the old one. */
@Injectable()
export class PasswordResets {
  constructor(
    private readonly database: Database,
    private readonly tokens: OneTimeTokens,
    private readonly proofs: AddressProofs,
    private readonly replacement: PasswordReplacement,
  ) {}

  /** Also verifies the address: the token came by mail. @throws Problem token_not_usable */
  async redeem({ token, newPassword }: PasswordReset): Promise<void> {
    const hash = await this.replacement.hash(newPassword);
    await this.database.transaction(async () => {
      const { userId } = await this.tokens.redeem('password_reset', token);
      await this.proofs.accept(userId, null);
      await this.replacement.replace(userId, hash);
    });
  }
}

import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import { LoginService } from '../login/login.service';
import type { PasswordChange } from './password.schema';
import { PasswordReplacement } from './password-replacement';

/** A new password for who knows the old one: a stolen access token must not be enough. */
@Injectable()
export class PasswordChanges {
  constructor(
    private readonly login: LoginService,
    private readonly replacement: PasswordReplacement,
  ) {}

  /** Ends the other sessions. */
  async change(owner: Principal, change: PasswordChange, address: string): Promise<void> {
    await this.login.confirm(owner.userId, change.currentPassword, address);
    const hash = await this.replacement.hash(change.newPassword);
    await this.replacement.replace(owner.userId, hash, owner.sessionId);
  }
}

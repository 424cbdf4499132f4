import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import { CookieGrants } from '../cookies/cookie-grants';
import { LoginService } from '../login/login.service';
import { NewPasswords } from './new-passwords';
import type { PasswordChange } from './password.schema';
import { PasswordReplacement } from './password-replacement';

/** A new password for who knows the old one: a stolen access token must not be enough. */
@Injectable()
export class PasswordChanges {
  constructor(
    private readonly login: LoginService,
    private readonly newPasswords: NewPasswords,
    private readonly replacement: PasswordReplacement,
    private readonly cookies: CookieGrants,
  ) {}

  /** Ends the other sessions, and gives this one another cookie if it has one. */
  async change(owner: Principal, change: PasswordChange, address: string): Promise<void> {
    const user = await this.login.confirm(owner.userId, change.currentPassword, address);
    const hash = await this.newPasswords.hash('/newPassword', change.newPassword, user);
    await this.replacement.replace('change', owner.userId, hash, owner.sessionId);
    await this.cookies.renew(owner);
  }
}

import { Injectable } from '@nestjs/common';
import { defineProblem } from '../../../core/http/problem';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import type { User } from '../../users/user.entity';
import { UsersService } from '../../users/users.service';
import { PasswordsService } from '../password/passwords.service';
import type { Proof } from '../sign-in/sign-in';
import { LoginAttempts } from './login-attempts';

export const InvalidCredentials = defineProblem(
  'unauthenticated',
  'invalid_credentials',
  'E-mail address or password is wrong',
  'Check both, or reset the password at POST /v1/auth/password/reset.',
);
export const EmailNotVerified = defineProblem(
  'forbidden',
  'email_not_verified',
  'The e-mail address is not verified yet',
  'Redeem the token in our mail at PUT /v1/auth/email/verification, or ask for another with POST.',
);

const failed = defineSecurityEvent(
  'auth.sign_in_failed',
  'Somebody tried a wrong password for your account.',
);

/** Checks who somebody is by e-mail address and password. */
@Injectable()
export class LoginService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly attempts: LoginAttempts,
    private readonly events: SecurityEvents,
  ) {}

  /** Takes as long, and answers the same, for an unknown account as for a wrong password. */
  async identify(email: string, password: string, address: string): Promise<Proof> {
    const user = await this.users.findByEmail(email);
    const check = () => this.passwords.check(user?.id, password);
    const passwordVersion = await this.attempts.guard(email, address, check);
    if (!user || !passwordVersion) throw await this.refusal(user?.id);
    if (!user.emailVerifiedAt) throw EmailNotVerified();
    return { userId: user.id, methods: ['password'], passwordVersion };
  }

  /** For a signed-in user who must show once more that it is them. @throws Problem invalid_credentials */
  async confirm(userId: string, password: string, address: string): Promise<User> {
    const user = await this.users.get(userId);
    const check = () => this.passwords.check(userId, password);
    if (!(await this.attempts.guard(user.email, address, check))) throw await this.refusal(userId);
    return user;
  }

  /** The same where the account may have no password: then there is none to show. */
  async confirmIfSet(userId: string, password: string | undefined, address: string): Promise<void> {
    if (await this.passwords.has(userId)) await this.confirm(userId, password ?? '', address);
  }

  /** Also noted without an account, as work that would be missed otherwise. */
  private async refusal(userId: string | undefined) {
    await this.events.record(failed, { userId });
    return InvalidCredentials();
  }
}

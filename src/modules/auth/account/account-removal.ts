import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import { Database } from '../../../core/database/database';
import { UsersService } from '../../users/users.service';
import { LoginService } from '../login/login.service';
import { SessionsService } from '../sessions/sessions.service';

/** The end of an account, by its owner, who shows the password once more, if the account has one. */
@Injectable()
export class AccountRemoval {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly login: LoginService,
    private readonly sessions: SessionsService,
  ) {}

  async remove({ userId }: Principal, currentPassword: string | undefined, address: string): Promise<void> {
    await this.login.confirmIfSet(userId, currentPassword, address);
    await this.database.transaction(async () => {
      // The account first: a sign-in holds it before it touches a session, and the two must not wait for each other.
      await this.users.remove(userId);
      await this.sessions.endAll(userId);
    });
  }
}

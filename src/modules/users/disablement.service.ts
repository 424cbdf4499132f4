import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { Database } from '../../core/database/database';
import { Events } from '../../core/events/events';
import { defineProblem } from '../../core/http/problem';
import { defineSecurityEvent, SecurityEvents } from '../../core/security-events/security-events';
import { User } from './user.entity';
import { userDisabled, userEnabled } from './users.events';

export const AccountDisabled = defineProblem(
  'forbidden',
  'account_disabled',
  'This account is disabled',
  'Ask the operator of this service to enable it. What it made for an organization goes on working.',
);

const disabled = defineSecurityEvent('users.disabled', 'Your account was disabled, and you were signed out.');
const enabled = defineSecurityEvent('users.enabled', 'Your account was enabled again.');

/** Accounts whose owners may not sign in. */
@Injectable()
export class DisablementService {
  private readonly endings: ((userId: string) => Promise<void>)[] = [];

  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly database: Database,
    private readonly events: Events,
    private readonly securityEvents: SecurityEvents,
  ) {}

  /** `end` runs in the transaction that disables an account: it ends what lets its owner in. */
  whenDisabled(end: (userId: string) => Promise<void>): void {
    this.endings.push(end);
  }

  /** Signs the owner out everywhere, at once, and keeps them out. Answers whether that was news. */
  disable(userId: string): Promise<boolean> {
    return this.database.transaction(async () => {
      const disabledAt = () => 'now()';
      const { affected } = await this.users.update({ id: userId, disabledAt: IsNull() }, { disabledAt });
      if (!affected) return false;
      for (const end of this.endings) await end(userId);
      await this.securityEvents.record(disabled, { userId });
      await this.events.publish(userDisabled, { userId });
      return true;
    });
  }

  /** Lets the owner sign in again. Answers whether that was news. */
  enable(userId: string): Promise<boolean> {
    return this.database.transaction(async () => {
      const which = { id: userId, disabledAt: Not(IsNull()) };
      const { affected } = await this.users.update(which, { disabledAt: null });
      if (!affected) return false;
      await this.securityEvents.record(enabled, { userId });
      await this.events.publish(userEnabled, { userId });
      return true;
    });
  }

  /**
   * Keeps the account from being disabled, and others from passing this line for it, until the running transaction
   * ends: who signs in meanwhile is signed out by whoever disables it next. Answers whether there is the account.
   * @throws Problem account_disabled
   */
  async holdEnabled(userId: string): Promise<boolean> {
    const text = 'select disabled_at as "disabledAt" from users where id = $1 for no key update';
    const [user] = await this.users.query(text, [userId]);
    if (user?.disabledAt) throw AccountDisabled();
    return user !== undefined;
  }
}

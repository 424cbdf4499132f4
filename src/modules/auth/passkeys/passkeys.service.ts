import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Principal } from '../../../core/auth/principal';
import { Database } from '../../../core/database/database';
import { assertVersion, type ExpectedVersions } from '../../../core/http/etag';
import { defineProblem } from '../../../core/http/problem';
import { defineSecurityEvent } from '../../../core/security-events/security-events';
import { FactorChanges } from '../second-factors/factor-changes';
import { WaysIn } from '../sign-in/ways-in';
import { Passkey } from './passkey.entity';
import type { PasskeyChanges } from './passkeys.schema';

export const PasskeyNotFound = defineProblem(
  'not-found',
  'passkey_not_found',
  'There is no such passkey',
  'List yours at GET /v1/me/passkeys.',
);
const passkeyRemoved = defineSecurityEvent(
  'auth.passkey_removed',
  'A passkey was removed from your account.',
);

/** The passkeys of each user. */
@Injectable()
export class PasskeysService implements OnModuleInit {
  constructor(
    @InjectRepository(Passkey) private readonly passkeys: Repository<Passkey>,
    private readonly database: Database,
    private readonly waysIn: WaysIn,
    private readonly changes: FactorChanges,
  ) {}

  onModuleInit(): void {
    this.waysIn.register({ name: 'passkey', count: (userId) => this.count(userId) });
  }

  list(userId: string): Promise<Passkey[]> {
    return this.passkeys.find({ where: { userId }, order: { id: 'asc' } });
  }

  count(userId: string): Promise<number> {
    return this.passkeys.countBy({ userId });
  }

  async get(userId: string, id: string): Promise<Passkey> {
    const passkey = await this.passkeys.findOneBy({ id, userId });
    if (!passkey) throw PasskeyNotFound();
    return passkey;
  }

  /** @throws Problem passkey_not_found; precondition_failed */
  update(userId: string, id: string, changes: PasskeyChanges, expected: ExpectedVersions): Promise<Passkey> {
    return this.database.transaction(async () => {
      await this.lock(userId, id, expected);
      await this.passkeys.update({ id }, { ...changes, version: () => 'version + 1' });
      return this.get(userId, id);
    });
  }

  /** Ends the other sessions. @throws Problem passkey_not_found; precondition_failed; last_way_in */
  remove(owner: Principal, id: string, expected: ExpectedVersions): Promise<void> {
    const removing = async () => {
      await this.lock(owner.userId, id, expected);
      await this.passkeys.delete({ id });
    };
    return this.waysIn.remove(owner.userId, () =>
      this.changes.remove(owner, 'passkey', passkeyRemoved, removing),
    );
  }

  /** At the word of an operator. The owner can always choose a password by mail. */
  async removeAll(userId: string): Promise<void> {
    await this.passkeys.delete({ userId });
  }

  private async lock(userId: string, id: string, expected: ExpectedVersions): Promise<Passkey> {
    const passkey = await this.passkeys.findOne({
      where: { id, userId },
      lock: { mode: 'pessimistic_write' },
    });
    if (!passkey) throw PasskeyNotFound();
    assertVersion(passkey.version, expected);
    return passkey;
  }
}

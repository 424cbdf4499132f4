import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Database } from '../../../core/database/database';
import { tellConstraint } from '../../../core/http/constraint-problems';
import { assertVersion, type ExpectedVersions } from '../../../core/http/etag';
import { defineProblem } from '../../../core/http/problem';
import { defineSecurityEvent } from '../../../core/security-events/security-events';
import { WaysIn } from '../sign-in/ways-in';
import { Passkey } from './passkey.entity';
import { PasskeyNotices } from './passkey-notices';
import type { PasskeyChanges } from './passkeys.schema';

export const PasskeyNotFound = defineProblem(
  'not-found',
  'passkey_not_found',
  'There is no such passkey',
  'List yours at GET /v1/me/passkeys.',
);
export const PasskeyTaken = defineProblem(
  'conflict',
  'passkey_taken',
  'This passkey is registered already',
  'Sign in with it, or let your authenticator make another for this account.',
);
export const TooManyPasskeys = defineProblem(
  'conflict',
  'too_many_passkeys',
  'You have as many passkeys as an account may have',
  'Remove one that you do not use at DELETE /v1/me/passkeys/{id}.',
);
tellConstraint('auth_passkeys_credential_id_key', PasskeyTaken);

const passkeyAdded = defineSecurityEvent('auth.passkey_added', 'A passkey was added to your account.');
const passkeyRemoved = defineSecurityEvent(
  'auth.passkey_removed',
  'A passkey was removed from your account.',
);

/** What authenticators are asked to exclude has to fit into one answer. */
const MOST = 50;

const HANDLE = `
  insert into auth_passkey_holders (user_id, handle) values ($1, $2)
  on conflict (user_id) do update set user_id = excluded.user_id returning handle`;

/** The passkeys of each user. */
@Injectable()
export class PasskeysService implements OnModuleInit {
  constructor(
    @InjectRepository(Passkey) private readonly passkeys: Repository<Passkey>,
    private readonly database: Database,
    private readonly waysIn: WaysIn,
    private readonly notices: PasskeyNotices,
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

  /** The name under which authenticators know the user; made at the first call, the same ever after. */
  async handleOf(userId: string): Promise<Buffer> {
    const [row] = await this.database.manager.query(HANDLE, [userId, randomBytes(32)]);
    return row.handle;
  }

  /** @throws Problem passkey_taken, also when it is somebody else's; too_many_passkeys */
  add(userId: string, made: Omit<Passkey, 'id' | 'userId' | 'version' | 'createdAt' | 'lastUsedAt'>) {
    return this.database.transaction(async () => {
      await this.database.manager.query('select 1 from users where id = $1 for no key update', [userId]);
      if ((await this.count(userId)) >= MOST) throw TooManyPasskeys();
      const { identifiers } = await this.passkeys.insert({ ...made, userId });
      await this.notices.tell(passkeyAdded, userId, made.name);
      return this.get(userId, identifiers[0]!.id);
    });
  }

  /** @throws Problem passkey_not_found; precondition_failed */
  update(userId: string, id: string, changes: PasskeyChanges, expected: ExpectedVersions): Promise<Passkey> {
    return this.database.transaction(async () => {
      await this.lock(userId, id, expected);
      await this.passkeys.update({ id }, { ...changes, version: () => 'version + 1' });
      return this.get(userId, id);
    });
  }

  /** @throws Problem passkey_not_found; precondition_failed; last_way_in */
  remove(userId: string, id: string, expected: ExpectedVersions): Promise<void> {
    return this.waysIn.remove(userId, async () => {
      const { name } = await this.lock(userId, id, expected);
      await this.passkeys.delete({ id });
      await this.notices.tell(passkeyRemoved, userId, name);
    });
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

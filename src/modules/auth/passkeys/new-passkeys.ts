import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Database } from '../../../core/database/database';
import { tellConstraint } from '../../../core/http/constraint-problems';
import { defineProblem } from '../../../core/http/problem';
import { defineSecurityEvent } from '../../../core/security-events/security-events';
import { UsersService } from '../../users/users.service';
import { FactorNotices } from '../second-factors/factor-notices';
import { Passkey } from './passkey.entity';

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

/** What authenticators are asked to exclude has to fit into one answer. */
const MOST = 50;

/** Made at the first call, the same ever after, also for two at once. */
const HANDLE = `
  insert into auth_passkey_holders (user_id, handle) values ($1, $2)
  on conflict (user_id) do update set user_id = excluded.user_id returning handle`;

type NewPasskey = Omit<Passkey, 'id' | 'userId' | 'version' | 'createdAt' | 'lastUsedAt'>;

/** Passkeys that come to an account. */
@Injectable()
export class NewPasskeys {
  constructor(
    @InjectRepository(Passkey) private readonly passkeys: Repository<Passkey>,
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly notices: FactorNotices,
  ) {}

  /** As whom authenticators are to know the user, and the passkeys there are. */
  async holderOf(userId: string) {
    const { email, name } = await this.users.get(userId);
    const [{ handle }] = await this.passkeys.query(HANDLE, [userId, randomBytes(32)]);
    return { email, name, handle: handle as Buffer, passkeys: await this.passkeys.findBy({ userId }) };
  }

  /** @throws Problem passkey_taken, also when it is somebody else's; too_many_passkeys */
  add(userId: string, made: NewPasskey): Promise<Passkey> {
    return this.database.transaction(async () => {
      await this.database.manager.query('select 1 from users where id = $1 for no key update', [userId]);
      if ((await this.passkeys.countBy({ userId })) >= MOST) throw TooManyPasskeys();
      const { identifiers } = await this.passkeys.insert({ ...made, userId });
      await this.notices.tell(passkeyAdded, userId, `Its name is “${made.name}”.`);
      return this.passkeys.findOneByOrFail({ id: identifiers[0]!.id });
    });
  }
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { Database } from '../../core/database/database';
import { Events } from '../../core/events/events';
import { assertVersion, type ExpectedVersions } from '../../core/http/etag';
import { defineProblem } from '../../core/http/problem';
import { User } from './user.entity';
import { userDeleted, userEmailVerified, userRegistered } from './users.events';
import type { MeChanges } from './users.schema';

export const UserNotFound = defineProblem(
  'not-found',
  'user_not_found',
  'There is no such user',
  'Check the id; the account may have been deleted.',
);

const REMOVE_UNVERIFIED = `
  delete from users where email_verified_at is null and id in (
    select id from users
    where email_verified_at is null and created_at < now() - make_interval(days => $1)
      and (not id = any($2::uuid[]) or created_at < now() - make_interval(days => 2 * $1))
    order by created_at limit $3 for update skip locked
  ) returning id`;

@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async get(id: string): Promise<User> {
    const user = await this.users.findOneBy({ id });
    if (!user) throw UserNotFound();
    return user;
  }

  /** Addresses are compared in lower case. */
  findByEmail(email: string): Promise<User | null> {
    return this.users.findOneBy({ email: email.toLowerCase() });
  }

  /** The same, held until the transaction ends, so that what is decided about the account stays true. */
  holdByEmail(email: string): Promise<User | null> {
    const lock = { mode: 'for_no_key_update' } as const;
    return this.users.findOne({ where: { email: email.toLowerCase() }, lock });
  }

  /** Makes an account, or answers null when the address is taken; of two at once one wins. */
  create(fields: { email: string; name: string }): Promise<User | null> {
    return this.database.transaction(async () => {
      const { generatedMaps } = await this.users
        .createQueryBuilder()
        .insert()
        .values(fields)
        .orIgnore()
        .returning('*')
        .execute();
      const id: string | undefined = generatedMaps[0]?.id;
      if (!id) return null;
      await this.events.publish(userRegistered, { userId: id, ...fields });
      return this.get(id);
    });
  }

  /** Notes that the owner receives mail at the address. Answers whether that was news. */
  markVerified(id: string): Promise<boolean> {
    return this.database.transaction(async () => {
      const { affected } = await this.users.update(
        { id, emailVerifiedAt: IsNull() },
        { emailVerifiedAt: () => 'now()', version: () => 'version + 1' },
      );
      if (affected) await this.events.publish(userEmailVerified, { userId: id });
      return Boolean(affected);
    });
  }

  /** @throws Problem precondition_failed when it is at another version than the caller expected */
  update(id: string, changes: MeChanges, expected?: ExpectedVersions): Promise<User> {
    return this.database.transaction(async () => {
      const user = await this.users.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!user) throw UserNotFound();
      assertVersion(user.version, expected);
      await this.users.update({ id }, { ...changes, version: () => 'version + 1' });
      return this.get(id);
    });
  }

  /**
   * Deletes accounts whose address was not verified within `days`, so that nobody holds on to the address of somebody
   * else; those of `keep` get as many days again. @returns how many, at most `limit`
   */
  removeUnverified(days: number, keep: readonly string[], limit = 500): Promise<number> {
    return this.database.transaction(async () => {
      const [removed] = await this.users.query(REMOVE_UNVERIFIED, [days, keep, limit]);
      for (const { id } of removed) await this.events.publish(userDeleted, { userId: id });
      return removed.length;
    });
  }

  /** Deletes the account; rows that belong to it alone go with it (foreign keys), others hear `user.deleted`. */
  remove(id: string): Promise<void> {
    return this.database.transaction(async () => {
      const { affected } = await this.users.delete({ id });
      if (!affected) throw UserNotFound();
      await this.events.publish(userDeleted, { userId: id });
    });
  }
}

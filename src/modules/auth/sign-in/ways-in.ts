import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import { defineProblem } from '../../../core/http/problem';

export const LastWayIn = defineProblem(
  'conflict',
  'last_way_in',
  'This is your only way to sign in',
  'Add another first: a password at POST /v1/auth/password/reset, a passkey at POST /v1/me/passkeys, or a social identity.',
);

/** One sort of credential that lets somebody in without any other: a password, a passkey, a social identity. */
interface WayIn {
  readonly name: string;
  /** How many of the sort the user has. */
  count(userId: string): Promise<number>;
}

/** The ways to sign in there are: each sub-topic adds its own in `onModuleInit`, and removes by {@link remove}. */
@Injectable()
export class WaysIn {
  private readonly known = new Map<string, WayIn>();

  constructor(private readonly database: Database) {}

  register(way: WayIn): void {
    this.known.set(way.name, way);
  }

  /**
   * Runs `removal`, which takes a way in from the user, and takes it back when none is left. Removals of one user
   * wait for each other, so that of two at once one meets what the other has left.
   * @throws Problem last_way_in
   */
  remove<T>(userId: string, removal: () => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      await this.database.manager.query('select 1 from users where id = $1 for no key update', [userId]);
      const result = await removal();
      if (!(await this.hasAny(userId))) throw LastWayIn();
      return result;
    });
  }

  private async hasAny(userId: string): Promise<boolean> {
    for (const way of this.known.values()) {
      if ((await way.count(userId)) > 0) return true;
    }
    return false;
  }
}

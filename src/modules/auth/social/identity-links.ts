import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConflictingWrite } from '../../../core/http/problems';
import { WaysIn } from '../sign-in/ways-in';
import { type Arrival, IdentitiesService } from './identities.service';
import { IdentityNotices, identityLinked, identityRefused, identityUnlinked } from './identity-notices';
import { IdentityNotFound, IdentityTaken } from './social.problems';

/** Which identities sign whom in. */
@Injectable()
export class IdentityLinks implements OnModuleInit {
  constructor(
    private readonly identities: IdentitiesService,
    private readonly waysIn: WaysIn,
    private readonly notices: IdentityNotices,
  ) {}

  onModuleInit(): void {
    this.waysIn.register({ name: 'identity', count: (userId) => this.identities.count(userId) });
  }

  /** Links the identity of somebody who arrived, and joins the transaction that found or made their account. */
  async link(userId: string, arrival: Arrival): Promise<string> {
    const owner = await this.add(userId, arrival);
    // Linked by another request since it was looked for.
    if (owner !== userId) throw ConflictingWrite();
    return owner;
  }

  /** Links the identity to the user, unless it has an owner; answers whose it is now. Joins the running transaction. */
  async add(userId: string, arrival: Arrival): Promise<string> {
    const { owner, added } = await this.identities.add(userId, arrival);
    if (added) await this.notices.tell(identityLinked, userId, arrival.provider);
    return owner;
  }

  /** Notes that somebody tried to link an identity of others. Not in a transaction: it would go with it. */
  async refuse(userId: string, { provider }: Arrival): Promise<never> {
    await this.notices.record(identityRefused, userId, provider);
    throw IdentityTaken();
  }

  /** @throws Problem identity_not_found; last_way_in */
  unlink(userId: string, id: string): Promise<void> {
    return this.waysIn.remove(userId, async () => {
      const removed = await this.identities.remove(id, userId);
      if (!removed) throw IdentityNotFound();
      await this.notices.tell(identityUnlinked, userId, removed.provider);
    });
  }
}

import { Injectable } from '@nestjs/common';
import { ConflictingWrite } from '../../../core/http/problems';
import type { User } from '../../users/user.entity';
import { UsersService } from '../../users/users.service';
import { AddressProofs } from '../registration/address-proofs';
import { SessionsService } from '../sessions/sessions.service';
import { OneTimeTokens } from '../tokens/one-time-tokens';

/** The accounts of people who have just proved, elsewhere than by a mail of ours, that an address is theirs. */
@Injectable()
export class AddressOwners {
  constructor(
    private readonly users: UsersService,
    private readonly proofs: AddressProofs,
    private readonly tokens: OneTimeTokens,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * The account of the address, made if there is none, verified from now on. Whoever registered an account that was
   * never verified may be a stranger who waits for its owner: nothing that they know or chose stays in it.
   * Joins the running transaction.
   */
  async accountOf(email: string, name: string): Promise<User> {
    const user = (await this.users.create({ email, name })) ?? (await this.users.findByEmail(email));
    // Deleted in this very moment.
    if (!user) throw ConflictingWrite();
    if (await this.proofs.accept(user.id, null)) await this.clear(user.id, name);
    return user;
  }

  private async clear(userId: string, name: string): Promise<void> {
    await this.tokens.removeOf(userId);
    await this.sessions.endAll(userId);
    await this.users.update(userId, { name });
  }
}

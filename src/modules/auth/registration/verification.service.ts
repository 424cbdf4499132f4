import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database';
import type { User } from '../../users/user.entity';
import { UsersService } from '../../users/users.service';
import { type OneTimeKind, OneTimeTokens } from '../tokens/one-time-tokens';
import { AddressProofs } from './address-proofs';

/** Proof that the owner of an account receives mail at its address. */
@Injectable()
export class VerificationService {
  constructor(
    private readonly database: Database,
    private readonly tokens: OneTimeTokens,
    private readonly proofs: AddressProofs,
    private readonly users: UsersService,
  ) {}

  /** Whose token it is; it stays. @throws Problem token_not_usable */
  async ownerOf(kind: OneTimeKind, token: string): Promise<User> {
    return this.users.get(await this.tokens.userOf(kind, token));
  }

  /** Uses up a token that was mailed. @returns whose it was @throws Problem token_not_usable */
  redeem(kind: OneTimeKind, token: string, bindingHash?: Buffer): Promise<string> {
    return this.database.transaction(async () => {
      const { userId, passwordHash } = await this.tokens.redeem(kind, token, bindingHash);
      await this.proofs.accept(userId, passwordHash);
      return userId;
    });
  }
}

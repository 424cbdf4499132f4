import { Injectable } from '@nestjs/common';
import { UsersService } from '../../users/users.service';
import { SecondFactors } from '../sign-in/second-factors';
import { FactorChanges } from './factor-changes';

/**
 * For who has lost every second factor and the recovery codes, and has proved otherwise who they are: an operator, with
 * access to the machine, and nobody in an organization, can take the factors away.
 */
@Injectable()
export class SecondFactorReset {
  constructor(
    private readonly users: UsersService,
    private readonly factors: SecondFactors,
    private readonly changes: FactorChanges,
  ) {}

  /** What was removed; null when nobody has the address. */
  async reset(email: string): Promise<string[] | null> {
    const user = await this.users.findByEmail(email);
    if (!user) return null;
    const factors = await this.factors.of(user.id);
    await this.changes.reset(user.id, () => this.factors.removeAll(user.id));
    return factors;
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Database } from '../../../../core/database/database';
import { defineProblem } from '../../../../core/http/problem';
import { defineSecurityEvent } from '../../../../core/security-events/security-events';
import { InvalidSecondFactor, type SecondFactorName, SecondFactors } from '../../sign-in/second-factors';
import { FactorNotices } from '../factor-notices';
import { newRecoveryCode, recoveryCodeHash } from './recovery-code';
import { RecoveryCode } from './recovery-code.entity';

export const SecondFactorMissing = defineProblem(
  'conflict',
  'second_factor_missing',
  'You have no second factor that recovery codes could stand in for',
  'Set one up at POST /v1/me/totp or POST /v1/me/passkeys first.',
);

const codesRenewed = defineSecurityEvent(
  'auth.recovery_codes_renewed',
  'New recovery codes were made for your account.',
);
const codeUsed = defineSecurityEvent('auth.recovery_code_used', 'A recovery code of your account was used.');

const COUNT = 10;

/** What lets somebody in who has lost the second factor: printed once, stored as hashes, used once. */
@Injectable()
export class RecoveryCodesService implements OnModuleInit {
  constructor(
    @InjectRepository(RecoveryCode) private readonly codes: Repository<RecoveryCode>,
    private readonly database: Database,
    private readonly factors: SecondFactors,
    private readonly notices: FactorNotices,
  ) {}

  onModuleInit(): void {
    this.factors.register({
      name: 'recovery_code',
      standsIn: true,
      has: (userId) => this.codes.existsBy({ userId }),
      check: (userId, answer) => this.use(userId, String(answer)),
      remove: async (userId) => void (await this.codes.delete({ userId })),
    });
  }

  /** How many are left, and since when; null: none. */
  async left(userId: string): Promise<{ left: number; createdAt: Date } | null> {
    const codes = await this.codes.findBy({ userId });
    return codes[0] ? { left: codes.length, createdAt: codes[0].createdAt } : null;
  }

  /** New ones, at the wish of their owner. @throws Problem second_factor_missing */
  renew(userId: string): Promise<string[]> {
    return this.database.transaction(async () => {
      if ((await this.factors.of(userId)).length === 0) throw SecondFactorMissing();
      await this.notices.tell(codesRenewed, userId);
      return this.replace(userId);
    });
  }

  /** Makes new ones; earlier ones are worth nothing. Joins the running transaction. */
  replace(userId: string): Promise<string[]> {
    return this.database.transaction(async () => {
      // Of two at once the second removes what the first has made.
      await this.database.manager.query('select 1 from users where id = $1 for no key update', [userId]);
      const codes = Array.from({ length: COUNT }, newRecoveryCode);
      await this.codes.delete({ userId });
      await this.codes.insert(codes.map((code) => ({ userId, hash: recoveryCodeHash(userId, code) })));
      return codes;
    });
  }

  /** Removes them when there is nothing left that they could stand in for. Answers what is left. */
  async removeUnlessUsable(userId: string): Promise<SecondFactorName[]> {
    const left = await this.factors.of(userId);
    if (left.length === 0) await this.codes.delete({ userId });
    return left;
  }

  /** Of many who send one code at once one finds the row. @throws Problem invalid_second_factor */
  private use(userId: string, typed: string): Promise<void> {
    return this.database.transaction(async () => {
      const { affected } = await this.codes.delete({ userId, hash: recoveryCodeHash(userId, typed) });
      if (!affected) throw InvalidSecondFactor();
      const left = await this.codes.countBy({ userId });
      await this.notices.tell(codeUsed, userId, `You have ${left} left.`);
    });
  }
}

import { Injectable } from '@nestjs/common';
import { SecondFactors } from '../sign-in/second-factors';
import { RecoveryCodesService } from './recovery-codes/recovery-codes.service';
import { TotpService } from './totp/totp.service';

/** What somebody has set up. */
@Injectable()
export class SecondFactorOverview {
  constructor(
    private readonly factors: SecondFactors,
    private readonly totps: TotpService,
    private readonly recoveryCodes: RecoveryCodesService,
  ) {}

  async of(userId: string) {
    return {
      factors: await this.factors.of(userId),
      totp: await this.totps.find(userId),
      recoveryCodes: await this.recoveryCodes.left(userId),
    };
  }
}

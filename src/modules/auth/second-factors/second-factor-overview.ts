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
    const [totp, codes] = [await this.totps.find(userId), await this.recoveryCodes.left(userId)];
    // Times as text: the serializer compares what may be null with the schema, which a Date is not like.
    return {
      factors: await this.factors.of(userId),
      totp: totp && { createdAt: totp.createdAt.toISOString() },
      recoveryCodes: codes && { left: codes.left, createdAt: codes.createdAt.toISOString() },
    };
  }
}

import { Body, Controller, Delete, Get, Post, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, RecentSignIn } from '../../../core/auth/access';
import { Caller } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { Topic } from '../../../core/openapi/topic';
import { ChallengeNotUsable } from '../sign-in/challenges';
import { RecoveryCodesService, SecondFactorMissing } from './recovery-codes/recovery-codes.service';
import { SecondFactorOverview } from './second-factor-overview';
import {
  mySecondFactors,
  recoveryCodes,
  totpConfirmation,
  type TotpConfirmation,
  totpEnrolment,
} from './second-factors.schema';
import { TotpEnrolments, TotpNotSetUp, TotpSetUpAlready, WrongCode } from './totp/totp-enrolments';

@Controller('v1/me')
@Topic('me', 'Your own account.')
@Authenticated()
export class MySecondFactorsController {
  constructor(
    private readonly overview: SecondFactorOverview,
    private readonly enrolments: TotpEnrolments,
    private readonly recovery: RecoveryCodesService,
  ) {}

  @Get('second-factors')
  @ApiOperation({ summary: 'Show my second factors', operationId: 'getMySecondFactors' })
  @Returns(mySecondFactors)
  get(@Caller() owner: Principal) {
    return this.overview.of(owner.userId);
  }

  @Post('totp')
  @RecentSignIn()
  @RateClass('auth')
  @ApiOperation({ summary: 'Begin to set up an authenticator app', operationId: 'beginTotp' })
  @Refuses(TotpSetUpAlready)
  @Returns(totpEnrolment)
  begin(@Caller() owner: Principal) {
    return this.enrolments.begin(owner);
  }

  @Put('totp')
  @RecentSignIn()
  @RateClass('auth')
  @ApiOperation({
    summary: 'Confirm the authenticator app with a first code',
    operationId: 'confirmTotp',
    description: 'Ends your other sessions: they were opened without it.',
  })
  @Refuses(ChallengeNotUsable, WrongCode, TotpSetUpAlready)
  @Returns(recoveryCodes)
  async confirm(@Caller() owner: Principal, @Body({ schema: totpConfirmation }) body: TotpConfirmation) {
    return { recoveryCodes: await this.enrolments.confirm(owner, body) };
  }

  @Delete('totp')
  @RecentSignIn()
  @RateClass('auth')
  @ApiOperation({
    summary: 'Remove my authenticator app',
    operationId: 'removeTotp',
    description: 'Ends your other sessions. Without another second factor the recovery codes go, too.',
  })
  @Refuses(TotpNotSetUp)
  @Returns()
  remove(@Caller() owner: Principal) {
    return this.enrolments.remove(owner);
  }

  @Post('recovery-codes')
  @RecentSignIn()
  @RateClass('auth')
  @ApiOperation({ summary: 'Make new recovery codes', operationId: 'renewRecoveryCodes' })
  @Refuses(SecondFactorMissing)
  @Returns(recoveryCodes)
  async renew(@Caller() owner: Principal) {
    return { recoveryCodes: await this.recovery.renew(owner.userId) };
  }
}

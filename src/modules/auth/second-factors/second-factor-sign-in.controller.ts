import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Public } from '../../../core/auth/access';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { AuthTopic } from '../auth.topic';
import { PasskeyRefused } from '../passkeys/passkey-checks';
import { signInAnswer } from '../sessions/sessions.schema';
import { ChallengeNotUsable } from '../sign-in/challenges';
import { InvalidSecondFactor } from '../sign-in/second-factors';
import { secondFactor, type SecondFactorAnswer } from './second-factors.schema';
import { SecondFactorSignIns } from './second-factor-sign-ins';
import { TooManyCodes } from './totp/code-attempts';
import { signInRefusals } from '../sign-in/sign-ins';

@Controller('v1/auth/login/second-factor')
@AuthTopic()
@Public()
@RateClass('auth')
export class SecondFactorSignInController {
  constructor(private readonly signIns: SecondFactorSignIns) {}

  @Post()
  @ApiOperation({
    summary: 'Log in: the second factor',
    operationId: 'loginWithSecondFactor',
    description:
      'For whom POST /v1/auth/login, or another way to sign in, answered `mfa_required`. A challenge takes five ' +
      'answers; a code is taken for its 30 seconds and one such step before and after them, and works once.',
  })
  @Refuses(ChallengeNotUsable, InvalidSecondFactor, PasskeyRefused, TooManyCodes, ...signInRefusals)
  @Returns(signInAnswer)
  complete(@Body({ schema: secondFactor }) body: SecondFactorAnswer) {
    return this.signIns.complete(body);
  }
}

import { Body, Controller, Ip, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated } from '../../../core/auth/access';
import { Caller } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { AuthTopic } from '../auth.topic';
import { TooManyAttempts } from '../login/login-attempts';
import { InvalidCredentials } from '../login/login.service';
import { PasskeyRefused } from '../passkeys/passkey-checks';
import { TooManyCodes } from '../second-factors/totp/code-attempts';
import { ChallengeNotUsable } from '../sign-in/challenges';
import { InvalidSecondFactor } from '../sign-in/second-factors';
import { proofAnswer, type ProofAnswer } from './proof.schema';
import { ProofNotAccepted } from './proof-checks';
import { StepUp } from './step-up';

@Controller('v1/auth/session/proof')
@AuthTopic()
@Authenticated()
@RateClass('auth')
export class ProofController {
  constructor(private readonly stepUp: StepUp) {}

  @Post()
  @ApiOperation({
    summary: 'Prove again that it is me',
    operationId: 'proveSession',
    description:
      'What `recent_sign_in_required` asks for. The tokens go on as they are; a cookie is replaced by a new one.',
  })
  @Refuses(
    ProofNotAccepted,
    InvalidCredentials,
    InvalidSecondFactor,
    PasskeyRefused,
    ChallengeNotUsable,
    TooManyAttempts,
    TooManyCodes,
  )
  @Returns()
  prove(@Caller() owner: Principal, @Body({ schema: proofAnswer }) body: ProofAnswer, @Ip() address: string) {
    return this.stepUp.prove(owner, body, address);
  }
}

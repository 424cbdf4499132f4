import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Public } from '../../../core/auth/access';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { AuthTopic } from '../auth.topic';
import { signInAnswer } from '../sessions/sessions.schema';
import { ChallengeNotUsable } from '../sign-in/challenges';
import { PasskeyChecks, PasskeyRefused } from './passkey-checks';
import { PasskeySignIns } from './passkey-sign-ins';
import { passkeySignIn, type PasskeySignIn, requestOptions } from './passkeys.schema';
import { signInRefusals } from '../sign-in/sign-ins';

@Controller('v1/auth/passkeys')
@AuthTopic()
@Public()
@RateClass('auth')
export class PasskeySignInController {
  constructor(
    private readonly checks: PasskeyChecks,
    private readonly signIns: PasskeySignIns,
  ) {}

  @Post('options')
  @ApiOperation({ summary: 'Ask how to show a passkey', operationId: 'getPasskeyRequestOptions' })
  @Returns(requestOptions)
  options() {
    return this.checks.options();
  }

  @Post()
  @ApiOperation({ summary: 'Log in with a passkey', operationId: 'loginWithPasskey' })
  @Refuses(ChallengeNotUsable, PasskeyRefused, ...signInRefusals)
  @Returns(signInAnswer)
  signIn(@Body({ schema: passkeySignIn }) body: PasskeySignIn) {
    return this.signIns.signIn(body);
  }
}

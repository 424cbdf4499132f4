import { Body, Controller, Post, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Public } from '../../../core/auth/access';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { AuthTopic } from '../auth.topic';
import { signInAnswer } from '../sessions/sessions.schema';
import type { Proof } from '../sign-in/sign-in';
import { MfaRequired, SignIns, signInRefusals } from '../sign-in/sign-ins';
import { LocalGuard } from './local.strategy';
import { TooManyAttempts } from './login-attempts';
import { credentials, type Credentials } from './login.schema';
import { EmailNotVerified, InvalidCredentials } from './login.service';

@Controller('v1/auth/login')
@AuthTopic()
@Public()
@RateClass('auth')
export class LoginController {
  constructor(private readonly signIns: SignIns) {}

  @Post()
  @UseGuards(LocalGuard)
  @ApiOperation({ summary: 'Log in', operationId: 'login' })
  @Refuses(InvalidCredentials, MfaRequired, EmailNotVerified, TooManyAttempts, ...signInRefusals)
  @Returns(signInAnswer)
  login(@Req() { user: proof }: { user: Proof }, @Body({ schema: credentials }) options: Credentials) {
    return this.signIns.complete(proof, options);
  }
}

import { Body, Controller, Post, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Public } from '../../../core/auth/access';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { AuthTopic } from '../auth.topic';
import { PasswordBreached } from '../password/new-passwords';
import { addressOnly, type AddressOnly } from '../password/password.schema';
import { MAIL_SENT, mailSent } from '../tokens/mail-sent';
import { TokenNotUsable } from '../tokens/one-time-tokens';
import { TokenRequests } from '../tokens/token-requests';
import {
  emailVerification,
  type EmailVerification,
  registration,
  type Registration,
} from './registration.schema';
import { RegistrationRequests } from './registration-requests';
import { VerificationService } from './verification.service';

@Controller('v1/auth')
@AuthTopic()
@Public()
@RateClass('auth')
export class RegistrationController {
  constructor(
    private readonly registrations: RegistrationRequests,
    private readonly verifications: VerificationService,
    private readonly requests: TokenRequests,
  ) {}

  @Post('register')
  @ApiOperation({ summary: 'Register', operationId: 'register' })
  @Refuses(PasswordBreached)
  @Returns(mailSent, { status: 202 })
  async register(@Body({ schema: registration }) body: Registration) {
    await this.registrations.ask(body);
    return MAIL_SENT;
  }

  @Post('email/verification')
  @ApiOperation({ summary: 'Ask for the verification mail again', operationId: 'requestEmailVerification' })
  @Returns(mailSent, { status: 202 })
  async requestVerification(@Body({ schema: addressOnly }) { email }: AddressOnly) {
    await this.requests.ask('email_verification', email);
    return MAIL_SENT;
  }

  @Put('email/verification')
  @ApiOperation({ summary: 'Verify an e-mail address', operationId: 'verifyEmail' })
  @Refuses(TokenNotUsable)
  @Returns()
  async verify(@Body({ schema: emailVerification }) { token }: EmailVerification) {
    await this.verifications.redeem('email_verification', token);
  }
}

import { Body, Controller, Ip, Post, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, Public, RecentSignIn } from '../../../core/auth/access';
import { Caller } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { AuthTopic } from '../auth.topic';
import { TooManyAttempts } from '../login/login-attempts';
import { InvalidCredentials } from '../login/login.service';
import { MAIL_SENT, mailSent } from '../tokens/mail-sent';
import { TokenNotUsable } from '../tokens/one-time-tokens';
import { TokenRequests } from '../tokens/token-requests';
import { PasswordBreached } from './new-passwords';
import {
  addressOnly,
  type AddressOnly,
  passwordChange,
  type PasswordChange,
  passwordReset,
  type PasswordReset,
} from './password.schema';
import { PasswordChanges } from './password-changes';
import { PasswordResets } from './password-resets';

@Controller('v1/auth/password')
@AuthTopic()
@RateClass('auth')
export class PasswordController {
  constructor(
    private readonly changes: PasswordChanges,
    private readonly resets: PasswordResets,
    private readonly requests: TokenRequests,
  ) {}

  @Put()
  @Authenticated()
  @RecentSignIn()
  @ApiOperation({ summary: 'Change my password', operationId: 'changePassword' })
  @Refuses(InvalidCredentials, PasswordBreached, TooManyAttempts)
  @Returns()
  change(
    @Caller() owner: Principal,
    @Body({ schema: passwordChange }) body: PasswordChange,
    @Ip() address: string,
  ) {
    return this.changes.change(owner, body, address);
  }

  @Post('reset')
  @Public()
  @ApiOperation({ summary: 'Ask for a mail to choose a new password', operationId: 'requestPasswordReset' })
  @Returns(mailSent, { status: 202 })
  async requestReset(@Body({ schema: addressOnly }) { email }: AddressOnly) {
    await this.requests.ask('password_reset', email);
    return MAIL_SENT;
  }

  @Put('reset')
  @Public()
  @ApiOperation({ summary: 'Choose a new password', operationId: 'resetPassword' })
  @Refuses(TokenNotUsable, PasswordBreached)
  @Returns()
  reset(@Body({ schema: passwordReset }) body: PasswordReset) {
    return this.resets.redeem(body);
  }
}

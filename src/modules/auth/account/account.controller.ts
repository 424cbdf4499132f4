import { Body, Controller, Delete, Ip } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, RecentSignIn } from '../../../core/auth/access';
import { Caller } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { Topic } from '../../../core/openapi/topic';
import { TooManyAttempts } from '../login/login-attempts';
import { InvalidCredentials } from '../login/login.service';
import { passwordConfirmation, type PasswordConfirmation } from '../password/password.schema';
import { AccountRemoval } from './account-removal';

@Controller('v1/me')
@Topic('me', 'Your own account.')
@Authenticated()
export class AccountController {
  constructor(private readonly removal: AccountRemoval) {}

  @Delete()
  @RecentSignIn()
  @RateClass('auth')
  @ApiOperation({ summary: 'Delete my account', operationId: 'deleteMe' })
  @Refuses(InvalidCredentials, TooManyAttempts)
  @Returns()
  remove(
    @Caller() owner: Principal,
    @Body({ schema: passwordConfirmation }) { currentPassword }: PasswordConfirmation,
    @Ip() address: string,
  ) {
    return this.removal.remove(owner, currentPassword, address);
  }
}

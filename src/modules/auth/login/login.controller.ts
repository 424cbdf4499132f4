import { Body, Controller, Headers, Post, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Public } from '../../../core/auth/access';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { AuthTopic } from '../auth.topic';
import type { User } from '../../users/user.entity';
import { GrantsService } from '../sessions/grants.service';
import { tokenPair } from '../sessions/sessions.schema';
import { LocalGuard } from './local.strategy';
import { TooManyAttempts } from './login-attempts';
import { credentials, type Credentials } from './login.schema';
import { EmailNotVerified, InvalidCredentials } from './login.service';

@Controller('v1/auth/login')
@AuthTopic()
@Public()
@RateClass('auth')
export class LoginController {
  constructor(private readonly grants: GrantsService) {}

  @Post()
  @UseGuards(LocalGuard)
  @ApiOperation({ summary: 'Log in', operationId: 'login' })
  @Refuses(InvalidCredentials, EmailNotVerified, OrganizationNotFound, TooManyAttempts)
  @Returns(tokenPair)
  login(
    @Req() { user }: { user: User },
    @Body({ schema: credentials }) { organizationId }: Credentials,
    @Headers('user-agent') userAgent: string | undefined,
  ) {
    return this.grants.signIn(user.id, { organizationId, userAgent: userAgent ?? null });
  }
}

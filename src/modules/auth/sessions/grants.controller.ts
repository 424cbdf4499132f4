import { Body, Controller, Post, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, Public } from '../../../core/auth/access';
import { Caller } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { AuthTopic } from '../auth.topic';
import { GrantsService } from './grants.service';
import { InvalidRefreshToken, RefreshTokenReused } from './refresh-tokens';
import {
  accessGrant,
  organizationChoice,
  type OrganizationChoice,
  refreshRequest,
  type RefreshRequest,
  tokenPair,
} from './sessions.schema';
import { SessionsService } from './sessions.service';

@Controller('v1/auth')
@AuthTopic()
export class GrantsController {
  constructor(
    private readonly grants: GrantsService,
    private readonly sessions: SessionsService,
  ) {}

  @Post('refresh')
  @Public()
  @RateClass('auth')
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens', operationId: 'refreshTokens' })
  @Refuses(InvalidRefreshToken, RefreshTokenReused)
  @Returns(tokenPair)
  refresh(@Body({ schema: refreshRequest }) { refreshToken }: RefreshRequest) {
    return this.grants.refresh(refreshToken);
  }

  @Post('logout')
  @Authenticated()
  @ApiOperation({ summary: 'Log out here', operationId: 'logout' })
  @Returns()
  logout(@Caller() owner: Principal) {
    return this.sessions.revoke(owner.sessionId);
  }

  @Put('session/organization')
  @Authenticated()
  @ApiOperation({ summary: 'Choose the active organization', operationId: 'setActiveOrganization' })
  @Refuses(OrganizationNotFound)
  @Returns(accessGrant)
  setOrganization(
    @Caller() owner: Principal,
    @Body({ schema: organizationChoice }) { organizationId }: OrganizationChoice,
  ) {
    return this.grants.switchOrganization(owner, organizationId);
  }
}

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
  organizationChoice,
  type OrganizationChoice,
  organizationGrant,
  refreshRequest,
  type RefreshRequest,
  tokenPair,
} from './sessions.schema';
import { SessionEnds } from './session-ends';
import { TokenGrants } from './token-grants';

@Controller('v1/auth')
@AuthTopic()
export class GrantsController {
  constructor(
    private readonly grants: GrantsService,
    private readonly tokens: TokenGrants,
    private readonly ends: SessionEnds,
  ) {}

  @Post('refresh')
  @Public()
  @RateClass('auth')
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens', operationId: 'refreshTokens' })
  @Refuses(InvalidRefreshToken, RefreshTokenReused)
  @Returns(tokenPair)
  refresh(@Body({ schema: refreshRequest }) { refreshToken }: RefreshRequest) {
    return this.tokens.refresh(refreshToken);
  }

  @Post('logout')
  @Authenticated()
  @ApiOperation({ summary: 'Log out here', operationId: 'logout' })
  @Returns()
  logout(@Caller() owner: Principal) {
    return this.ends.logout(owner);
  }

  @Put('session/organization')
  @Authenticated()
  @ApiOperation({ summary: 'Choose the active organization', operationId: 'setActiveOrganization' })
  @Refuses(OrganizationNotFound)
  @Returns(organizationGrant)
  setOrganization(
    @Caller() owner: Principal,
    @Body({ schema: organizationChoice }) { organizationId }: OrganizationChoice,
  ) {
    return this.grants.switchOrganization(owner, organizationId);
  }
}

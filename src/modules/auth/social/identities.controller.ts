import { Body, Controller, Delete, Get, Param, Post, Req } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Authenticated, RecentSignIn } from '../../../core/auth/access';
import { Caller } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { CookiesNeedHttps } from '../../../core/http/cookies';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { Topic } from '../../../core/openapi/topic';
import { LastWayIn } from '../sign-in/ways-in';
import { IdentitiesService } from './identities.service';
import { IdentityLinks } from './identity-links';
import { IdentityRequests } from './identity-requests';
import { IdentityNotFound, ProviderNotFound, ProviderUnavailable, ReturnNotAllowed } from './social.problems';
import {
  type IdentityLinkStart,
  identityLink,
  identityLinkStart,
  identityList,
  type IdentityPath,
  identityPath,
  type SocialProviderPath,
  socialProviderPath,
} from './social.schema';

@Controller('v1/me/identities')
@Topic('me', 'Your own account.')
@Authenticated()
export class IdentitiesController {
  constructor(
    private readonly identities: IdentitiesService,
    private readonly links: IdentityLinks,
    private readonly requests: IdentityRequests,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List my identities at other providers', operationId: 'listMyIdentities' })
  @Returns(identityList)
  async list(@Caller() owner: Principal) {
    return { items: await this.identities.list(owner.userId), nextCursor: null };
  }

  @Post(':provider')
  @RecentSignIn()
  @ApiOperation({ summary: 'Begin to link an identity', operationId: 'linkMyIdentity' })
  @Refuses(ProviderNotFound, ProviderUnavailable, ReturnNotAllowed, CookiesNeedHttps)
  @Returns(identityLink)
  link(
    @Caller() owner: Principal,
    @Param({ schema: socialProviderPath }) { provider }: SocialProviderPath,
    @Body({ schema: identityLinkStart }) { returnTo }: IdentityLinkStart,
    @Req() request: FastifyRequest,
  ) {
    return this.requests.begin(owner, provider, returnTo, request);
  }

  @Delete(':id')
  @RecentSignIn()
  @ApiOperation({ summary: 'Unlink an identity', operationId: 'unlinkMyIdentity' })
  @Refuses(IdentityNotFound, LastWayIn)
  @Returns()
  unlink(@Caller() owner: Principal, @Param({ schema: identityPath }) { id }: IdentityPath) {
    return this.links.unlink(owner.userId, id);
  }
}

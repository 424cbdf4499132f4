import { Body, Controller, Get, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../core/auth/access';
import { CookiesNeedHttps } from '../../../core/http/cookies';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { AuthTopic } from '../auth.topic';
import { signInAnswer } from '../sessions/sessions.schema';
import { ChallengeNotUsable } from '../sign-in/challenges';
import { MfaRequired, SignIns, signInRefusals } from '../sign-in/sign-ins';
import { BrowserBinding } from './browser-binding';
import { SocialCallbackGuard, SocialStartGuard } from './social.guard';
import {
  ProviderNotFound,
  ProviderUnavailable,
  ReturnNotAllowed,
  SocialFlowNotUsable,
} from './social.problems';
import { SocialProviders } from './social-providers';
import {
  type SocialAnswer,
  socialAnswer,
  type SocialProviderPath,
  socialProviderList,
  socialProviderPath,
  type SocialStart,
  socialStart,
  type SocialToken,
  socialToken,
} from './social.schema';
import { SocialSignIns } from './social-sign-ins';
import type { Onward } from './social.strategy';

@Controller('v1/auth/social')
@AuthTopic()
@Public()
@RateClass('auth')
export class SocialController {
  constructor(
    private readonly providers: SocialProviders,
    private readonly binding: BrowserBinding,
    private readonly social: SocialSignIns,
    private readonly signIns: SignIns,
  ) {}

  @Get()
  @RateClass('default')
  @ApiOperation({ summary: 'List the providers to sign in with', operationId: 'listSocialProviders' })
  @Returns(socialProviderList)
  list() {
    const items = this.providers.list().map(({ name, title }) => ({
      provider: name,
      name: title,
      url: this.providers.addressOf(name),
    }));
    return { items, nextCursor: null };
  }

  @Get(':provider')
  @RateClass('default')
  @UseGuards(SocialStartGuard)
  @ApiOperation({ summary: 'Go to a provider to sign in', operationId: 'beginSocialSignIn' })
  @Refuses(ProviderNotFound, ProviderUnavailable, ReturnNotAllowed, CookiesNeedHttps)
  @Returns(undefined, { status: 303, description: 'The way to the provider, for a browser.' })
  begin(
    @Param({ schema: socialProviderPath }) _path: SocialProviderPath,
    @Query({ schema: socialStart }) _query: SocialStart,
    @Req() { user }: { user: Onward },
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    reply.header('location', user.location);
  }

  @Get(':provider/callback')
  @UseGuards(SocialCallbackGuard)
  @ApiOperation({ summary: 'Come back from a provider', operationId: 'finishSocialSignIn' })
  @Refuses(ProviderNotFound, SocialFlowNotUsable)
  @Returns(undefined, {
    status: 303,
    description:
      'The page to return to; its fragment has `code`, or `linked`, or the code of a problem in `error`.',
  })
  finish(
    @Param({ schema: socialProviderPath }) _path: SocialProviderPath,
    @Query({ schema: socialAnswer }) _query: SocialAnswer,
    @Req() { user }: { user: Onward },
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    reply.header('location', user.location);
  }

  @Post('token')
  @ApiOperation({ summary: 'Log in with the code of a social sign-in', operationId: 'loginWithSocialCode' })
  @Refuses(ChallengeNotUsable, MfaRequired, ...signInRefusals)
  @Returns(signInAnswer)
  async token(
    @Req() request: FastifyRequest,
    @Body({ schema: socialToken }) { code, ...options }: SocialToken,
  ) {
    const { userId, organizationId } = await this.social.redeem(code, this.binding.of(request));
    return this.signIns.complete({ userId, methods: ['social'] }, { organizationId, ...options });
  }
}

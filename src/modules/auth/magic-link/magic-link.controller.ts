import { Body, Controller, Post, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Public } from '../../../core/auth/access';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { AuthTopic } from '../auth.topic';
import { signInAnswer } from '../sessions/sessions.schema';
import { MfaRequired, signInRefusals } from '../sign-in/sign-ins';
import { TokenNotUsable } from '../tokens/one-time-tokens';
import {
  magicLinkRequest,
  type MagicLinkRequest,
  magicLinkSent,
  magicLinkSignIn,
  type MagicLinkSignIn,
} from './magic-link.schema';
import { MagicLinks } from './magic-links';

@Controller('v1/auth/magic-link')
@AuthTopic()
@Public()
@RateClass('auth')
export class MagicLinkController {
  constructor(private readonly links: MagicLinks) {}

  @Post()
  @ApiOperation({ summary: 'Ask for a mail to sign in', operationId: 'requestMagicLink' })
  @Returns(magicLinkSent, { status: 202 })
  ask(@Body({ schema: magicLinkRequest }) { email }: MagicLinkRequest) {
    return this.links.ask(email);
  }

  @Put()
  @ApiOperation({ summary: 'Log in with a mailed token', operationId: 'loginWithMagicLink' })
  @Refuses(TokenNotUsable, MfaRequired, ...signInRefusals)
  @Returns(signInAnswer)
  signIn(@Body({ schema: magicLinkSignIn }) body: MagicLinkSignIn) {
    return this.links.signIn(body);
  }
}

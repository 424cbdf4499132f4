import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ValidationPipe } from '../../../core/http/validation.pipe';
import { BrowserBinding } from './browser-binding';
import { SocialProviders } from './social-providers';
import { socialAnswer, type SocialProviderPath, socialProviderPath, socialStart } from './social.schema';
import type { SocialStep } from './social.strategy';

const pipe = new ValidationPipe();

/** Runs the strategy for the first step. Guards come before pipes, so it checks the input itself. */
@Injectable()
export class SocialStartGuard extends AuthGuard('social') {
  constructor(
    private readonly binding: BrowserBinding,
    private readonly providers: SocialProviders,
  ) {
    super();
  }

  override getRequest(host: ExecutionContext): { social: SocialStep } {
    const request: FastifyRequest = host.switchToHttp().getRequest();
    const query = pipe.transform(request.query, {
      type: 'query',
      schema: socialStart,
    }) as SocialStep['query'];
    const provider = providerOf(request, this.providers);
    return Object.assign(request, { social: { provider, query, secret: this.binding.begin(request) } });
  }
}

/** The same for the way back. */
@Injectable()
export class SocialCallbackGuard extends AuthGuard('social') {
  constructor(
    private readonly binding: BrowserBinding,
    private readonly providers: SocialProviders,
  ) {
    super();
  }

  override getRequest(host: ExecutionContext): { social: SocialStep } {
    const request: FastifyRequest = host.switchToHttp().getRequest();
    const query = pipe.transform(request.query, {
      type: 'query',
      schema: socialAnswer,
    }) as SocialStep['query'];
    const provider = providerOf(request, this.providers);
    return Object.assign(request, { social: { provider, query, secret: this.binding.of(request) } });
  }
}

function providerOf({ params }: FastifyRequest, providers: SocialProviders): SocialStep['provider'] {
  const path = pipe.transform(params, { type: 'param', schema: socialProviderPath }) as SocialProviderPath;
  return providers.get(path.provider).name;
}

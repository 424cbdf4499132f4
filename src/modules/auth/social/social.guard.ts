import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { BrowserBinding } from './browser-binding';
import { SocialProviders } from './social-providers';
import type { SocialProviderPath } from './social.schema';
import type { SocialStep } from './social.strategy';

/** Hands the strategy what it needs of the request, whose input has been checked by then. */
@Injectable()
abstract class SocialGuard extends AuthGuard('social') {
  constructor(
    protected readonly binding: BrowserBinding,
    private readonly providers: SocialProviders,
  ) {
    super();
  }

  override getRequest(host: ExecutionContext): { social: SocialStep } {
    const request: FastifyRequest = host.switchToHttp().getRequest();
    const provider = this.providers.get((request.params as SocialProviderPath).provider).name;
    return Object.assign(request, { social: { provider, ...this.step(request) } });
  }

  protected abstract step(request: FastifyRequest): Omit<SocialStep, 'provider'>;
}

/** For the way to a provider. */
@Injectable()
export class SocialStartGuard extends SocialGuard {
  protected step(request: FastifyRequest) {
    return { query: request.query as SocialStep['query'], secret: this.binding.begin(request) };
  }
}

/** For the way back. */
@Injectable()
export class SocialCallbackGuard extends SocialGuard {
  protected step(request: FastifyRequest) {
    return { query: request.query as SocialStep['query'], secret: this.binding.of(request) };
  }
}

import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ValidationPipe } from '../../../core/http/validation.pipe';
import { BrowserBinding } from './browser-binding';
import { SocialProviders } from './social-providers';
import { socialAnswer, type SocialProviderPath, socialProviderPath, socialStart } from './social.schema';
import type { SocialStep } from './social.strategy';

const pipe = new ValidationPipe();

/** Hands the strategy what it needs of the request. Guards come before pipes, so it checks the input itself. */
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
    const path = pipe.transform(request.params, { type: 'param', schema: socialProviderPath });
    const provider = this.providers.get((path as SocialProviderPath).provider).name;
    return Object.assign(request, { social: { provider, ...this.step(request) } });
  }

  protected abstract step(request: FastifyRequest): Omit<SocialStep, 'provider'>;
}

/** For the way to a provider. */
@Injectable()
export class SocialStartGuard extends SocialGuard {
  protected step(request: FastifyRequest) {
    const query = pipe.transform(request.query, { type: 'query', schema: socialStart });
    return { query: query as SocialStep['query'], secret: this.binding.begin(request) };
  }
}

/** For the way back. */
@Injectable()
export class SocialCallbackGuard extends SocialGuard {
  protected step(request: FastifyRequest) {
    const query = pipe.transform(request.query, { type: 'query', schema: socialAnswer });
    return { query: query as SocialStep['query'], secret: this.binding.of(request) };
  }
}

import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../../core/auth/principal';
import { BrowserBinding } from './browser-binding';
import { ReturnAddresses } from './return-addresses';
import { FLOW_SECONDS, SocialFlows } from './social-flows';
import { SocialProviders } from './social-providers';

/** Trips to a provider that link an identity to whoever is signed in, for as long as that session lasts. */
@Injectable()
export class IdentityRequests {
  constructor(
    private readonly flows: SocialFlows,
    private readonly providers: SocialProviders,
    private readonly returns: ReturnAddresses,
    private readonly binding: BrowserBinding,
  ) {}

  async begin(
    { userId, sessionId }: Principal,
    provider: string,
    asked: string | undefined,
    request: FastifyRequest,
  ) {
    const { name } = this.providers.get(provider);
    const returnTo = this.returns.check(asked);
    const secret = this.binding.begin(request);
    const url = await this.flows.begin({ provider: name, returnTo, link: { userId, sessionId } }, secret);
    return { url, expiresIn: FLOW_SECONDS };
  }
}

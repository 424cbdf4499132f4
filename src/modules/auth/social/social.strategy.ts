import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Problem } from '../../../core/http/problem';
import { ReturnAddresses } from './return-addresses';
import { SocialFlows } from './social-flows';
import type { SocialAnswer, SocialStart } from './social.schema';
import { SocialSignIns } from './social-sign-ins';
import { ProviderName } from './providers/provider';

/** What the guard found in the request. */
export interface SocialStep {
  readonly provider: ProviderName;
  /** The secret of the browser; only a first step may come without one. */
  readonly secret: string | null;
  readonly query: SocialStart | SocialAnswer;
}

/** Where the browser is to be sent: the only thing that either step ends in. */
export interface Onward {
  readonly location: string;
}

/**
 * Passport's strategy for the code flow, over every provider. It never redirects by itself, which Passport does by
 * writing to an Express response, and leaves the answer to the handler.
 */
@Injectable()
export class SocialStrategy extends PassportStrategy(passport.Strategy, 'social') {
  constructor(
    private readonly flows: SocialFlows,
    private readonly signIns: SocialSignIns,
    private readonly returns: ReturnAddresses,
  ) {
    super();
  }

  override authenticate(request: unknown): void {
    const { social } = request as { social: SocialStep };
    this.validate(social).then(
      (location) => this.success({ location }),
      (error: unknown) => this.error(error),
    );
  }

  validate({ provider, secret, query }: SocialStep): Promise<string> {
    if ('state' in query) return this.finish(provider, secret, query);
    const flow = {
      provider,
      returnTo: this.returns.check(query.returnTo),
      organizationId: query.organizationId,
    };
    return this.flows.begin(flow, secret!);
  }

  private async finish(provider: string, secret: string | null, answer: SocialAnswer): Promise<string> {
    const flow = await this.flows.take(provider, answer.state, secret);
    try {
      const arrival = await this.flows.identify(flow, answer, secret!);
      return await this.signIns.finish(flow, { provider: flow.provider, ...arrival }, secret!);
    } catch (error) {
      if (error instanceof Problem) return this.signIns.failed(flow, error);
      throw error;
    }
  }
}

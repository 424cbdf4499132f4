import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Problem } from '../../../core/http/problem';
import { type ChallengeKind, Challenges } from '../sign-in/challenges';
import { derived, isMarkOf, markOf } from './browser-binding';
import { type Binding, PROVIDERS } from './providers/provider';
import { SocialProviders } from './social-providers';
import { SocialFlowNotUsable } from './social.problems';

const flowSchema = z.object({
  provider: z.enum(PROVIDERS),
  returnTo: z.string(),
  organizationId: z.string().optional(),
  /** Who began it, to have the identity linked; otherwise somebody signs in. */
  link: z.object({ userId: z.string(), sessionId: z.string() }).optional(),
});
export type Flow = z.output<typeof flowSchema>;

/** How long somebody may take at the provider. */
export const FLOW_SECONDS = 600;

const flowKind = {
  name: 'social_flow',
  seconds: FLOW_SECONDS,
  token: 'social_state',
  schema: flowSchema.extend({ browser: z.string() }),
} satisfies ChallengeKind<z.ZodType>;

/**
 * Trips to a provider and back. `state` is used once, expires, and counts only in the browser whose cookie it was
 * made for; `nonce` and the verifier of PKCE are derived from that cookie, so that nothing here knows them.
 */
@Injectable()
export class SocialFlows {
  constructor(
    private readonly challenges: Challenges,
    private readonly providers: SocialProviders,
  ) {}

  /** Where to send the browser that has this secret. @throws Problem provider_not_found, provider_unavailable */
  async begin(flow: Flow, secret: string): Promise<string> {
    const provider = this.providers.get(flow.provider);
    const content = { ...flow, browser: markOf(secret) };
    const state = await this.challenges.issue(flowKind, content, flow.link?.userId);
    return provider.authorizationUrl(this.binding(flow.provider, state, secret));
  }

  /** The flow that the state belongs to, which ends with this. @throws Problem social_flow_not_usable */
  async take(provider: string, state: string, secret: string | null): Promise<Flow> {
    const { browser, ...begun } = await this.challenges.take(flowKind, state).catch((error: unknown) => {
      throw error instanceof Problem ? SocialFlowNotUsable() : error;
    });
    if (begun.provider !== provider || !isMarkOf(browser, secret)) throw SocialFlowNotUsable();
    return begun;
  }

  /** Who came back from the flow. @throws Problem of the provider */
  identify({ provider }: Flow, parameters: Readonly<Record<string, string>>, secret: string) {
    return this.providers
      .get(provider)
      .identify(parameters, this.binding(provider, parameters.state!, secret));
  }

  private binding(provider: string, state: string, secret: string): Binding {
    return {
      redirectUri: `${this.providers.addressOf(provider)}/callback`,
      state,
      nonce: derived(secret, 'nonce', state),
      verifier: derived(secret, 'pkce', state),
    };
  }
}

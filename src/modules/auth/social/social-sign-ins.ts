import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Problem } from '../../../core/http/problem';
import { SessionsService } from '../sessions/sessions.service';
import { type ChallengeKind, ChallengeNotUsable, Challenges } from '../sign-in/challenges';
import { isMarkOf, markOf } from './browser-binding';
import type { Arrival } from './identities.service';
import { IdentityLinks } from './identity-links';
import { withFragment } from './return-addresses';
import { SocialAccounts } from './social-accounts';
import type { Flow } from './social-flows';
import { SocialFlowNotUsable } from './social.problems';

const codeKind = {
  name: 'social_code',
  seconds: 60,
  token: 'social_code',
  schema: z.object({ userId: z.string(), organizationId: z.string().optional(), browser: z.string() }),
} satisfies ChallengeKind<z.ZodType>;

/** What becomes of somebody who came back from a provider. */
@Injectable()
export class SocialSignIns {
  constructor(
    private readonly accounts: SocialAccounts,
    private readonly links: IdentityLinks,
    private readonly sessions: SessionsService,
    private readonly challenges: Challenges,
  ) {}

  /** Where to send the browser now, with a code that it can exchange for tokens, or with the news of a link. */
  async finish(flow: Flow, arrival: Arrival, secret: string): Promise<string> {
    if (flow.link) return this.finishLink(flow, flow.link, arrival);
    const userId = await this.accounts.userOf(arrival);
    const content = { userId, organizationId: flow.organizationId, browser: markOf(secret) };
    const code = await this.challenges.issue(codeKind, content, userId);
    return withFragment(flow.returnTo, { code });
  }

  /** Where to send the browser when it failed, with the code of the problem. */
  failed({ returnTo, provider }: Flow, problem: Problem): string {
    return withFragment(returnTo, { error: problem.type.code, provider });
  }

  /** Whom the code lets in. It counts once, and in the browser that began. @throws Problem challenge_not_usable */
  async redeem(code: string, secret: string | null) {
    const { browser, ...who } = await this.challenges.take(codeKind, code);
    if (!isMarkOf(browser, secret)) throw ChallengeNotUsable();
    return who;
  }

  private async finishLink({ returnTo, provider }: Flow, link: NonNullable<Flow['link']>, arrival: Arrival) {
    const { userId, sessionId } = link;
    const owner = await this.sessions.use(sessionId, (session) =>
      session.userId === userId ? this.links.add(userId, arrival) : Promise.resolve(null),
    );
    // Logged out meanwhile: whoever sits there now has not asked for it.
    if (!owner) throw SocialFlowNotUsable();
    if (owner !== userId) return this.links.refuse(userId, arrival);
    return withFragment(returnTo, { linked: provider });
  }
}

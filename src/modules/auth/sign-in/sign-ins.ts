import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CookiesNeedHttps } from '../../../core/http/cookies';
import { CrossSiteRequest } from '../../../core/http/own-pages';
import { defineProblem } from '../../../core/http/problem';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { AccountDisabled } from '../../users/disablement.service';
import { GrantsService } from '../sessions/grants.service';
import type { SignInAnswer } from '../sessions/sessions.schema';
import { type ChallengeKind, Challenges } from './challenges';
import { Proofs, SignInOutdated } from './proofs';
import { type SecondFactorName, SecondFactors } from './second-factors';
import {
  type ChosenOptions,
  hasSecondFactor,
  METHODS,
  type Proof,
  type SignInOptions,
  signInOptions,
} from './sign-in';

export const MfaRequired = defineProblem(
  'unauthenticated',
  'mfa_required',
  'A second factor is needed',
  'Send one of `factors` with `challenge` to POST /v1/auth/login/second-factor, within `expiresIn` seconds.',
);

/** What every way to sign in may be refused with, for its `@Refuses`. */
export const signInRefusals = [
  SignInOutdated,
  AccountDisabled,
  OrganizationNotFound,
  CrossSiteRequest,
  CookiesNeedHttps,
];

/** A sign-in whose first factor was shown. */
export const secondFactorChallenge = {
  name: 'second_factor',
  seconds: 300,
  schema: z.object({
    userId: z.string(),
    methods: z.array(z.enum(METHODS)),
    passwordVersion: z.string().optional(),
    options: z.object(signInOptions),
  }),
} satisfies ChallengeKind<z.ZodType>;

/** Where every way to sign in ends: in tokens, in a cookie, or in the question for a second factor. */
@Injectable()
export class SignIns {
  constructor(
    private readonly proofs: Proofs,
    private readonly grants: GrantsService,
    private readonly factors: SecondFactors,
    private readonly challenges: Challenges,
  ) {}

  /**
   * Lets in who has proved who they are.
   * @throws Problem mfa_required when they have a second factor and the proof has none; sign_in_outdated when the
   * proof holds no more; account_disabled; organization_not_found; for a cookie cross_site_request, cookies_need_https
   */
  async complete(
    proof: Proof,
    { organizationId, transport = 'token' }: SignInOptions,
  ): Promise<SignInAnswer> {
    const options = { organizationId, transport };
    const outcome = await this.proofs.during(proof, async () => {
      const factors = hasSecondFactor(proof.methods) ? [] : await this.factors.of(proof.userId);
      return factors.length === 0 ? this.open(proof, options) : this.ask(factors, proof, options);
    });
    // Thrown out here, for the challenge has to outlive the refusal.
    if ('challenge' in outcome) throw MfaRequired({ extensions: outcome });
    return outcome;
  }

  private async open(proof: Proof, options: ChosenOptions) {
    const { organizationId, ...tokens } = await this.grants.signIn(proof, options);
    await this.proofs.succeeded(proof, organizationId);
    return tokens;
  }

  private async ask(factors: SecondFactorName[], proof: Proof, options: ChosenOptions) {
    const content = { ...proof, methods: [...proof.methods], options };
    const challenge = await this.challenges.issue(secondFactorChallenge, content, proof.userId);
    return { challenge, factors, expiresIn: secondFactorChallenge.seconds };
  }
}

import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { defineProblem } from '../../../core/http/problem';
import { GrantsService } from '../sessions/grants.service';
import { type ChallengeKind, Challenges } from './challenges';
import { SecondFactors } from './second-factors';
import { hasSecondFactor, METHODS, type Proof, type SignInOptions, signInOptions } from './sign-in';

export const MfaRequired = defineProblem(
  'unauthenticated',
  'mfa_required',
  'A second factor is needed',
  'Send one of `factors` with `challenge` to POST /v1/auth/login/second-factor, within `expiresIn` seconds.',
);

/** A sign-in whose first factor was shown. */
export const secondFactorChallenge = {
  name: 'second_factor',
  seconds: 300,
  schema: z.object({
    userId: z.string(),
    methods: z.array(z.enum(METHODS)),
    options: z.object(signInOptions),
  }),
} satisfies ChallengeKind<z.ZodType>;

/** Where every way to sign in ends: in tokens, or in the question for a second factor. */
@Injectable()
export class SignIns {
  constructor(
    private readonly grants: GrantsService,
    private readonly factors: SecondFactors,
    private readonly challenges: Challenges,
  ) {}

  /**
   * Lets in who has proved who they are.
   * @throws Problem mfa_required when they have a second factor and the proof has none; organization_not_found
   */
  async complete(proof: Proof, options: SignInOptions) {
    const { userId, methods } = proof;
    const factors = hasSecondFactor(methods) ? [] : await this.factors.of(userId);
    if (factors.length === 0) return this.grants.signIn(proof, options);
    const content = { userId, methods: [...methods], options };
    const challenge = await this.challenges.issue(secondFactorChallenge, content, userId);
    throw MfaRequired({ extensions: { challenge, factors, expiresIn: secondFactorChallenge.seconds } });
  }
}

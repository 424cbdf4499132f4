import { Injectable } from '@nestjs/common';
import { Problem } from '../../../core/http/problem';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { Challenges } from '../sign-in/challenges';
import { InvalidSecondFactor, type SecondFactorName, SecondFactors } from '../sign-in/second-factors';
import { secondFactorChallenge, SignIns } from '../sign-in/sign-ins';
import type { SecondFactorAnswer } from './second-factors.schema';

const secondFactorFailed = defineSecurityEvent(
  'auth.second_factor_failed',
  'Somebody got past your first factor, but not past the second.',
);

/** The second step of a sign-in. */
@Injectable()
export class SecondFactorSignIns {
  constructor(
    private readonly challenges: Challenges,
    private readonly factors: SecondFactors,
    private readonly signIns: SignIns,
    private readonly events: SecurityEvents,
  ) {}

  /** @throws Problem challenge_not_usable; invalid_second_factor; too_many_codes; passkey_refused; organization_not_found */
  async complete({ challenge, ...answers }: SecondFactorAnswer) {
    const { options, ...first } = await this.challenges.attempt(secondFactorChallenge, challenge);
    const [name, answer] = shown(answers);
    await this.check(first.userId, name, answer);
    // Of many who answer one challenge rightly at once, one gets it.
    await this.challenges.take(secondFactorChallenge, challenge);
    return this.signIns.complete({ ...first, methods: [...first.methods, name] }, options);
  }

  private async check(userId: string, name: SecondFactorName, answer: unknown): Promise<void> {
    try {
      const factor = this.factors.get(name);
      if (!factor) throw InvalidSecondFactor();
      await factor.check(userId, answer);
    } catch (error) {
      if (error instanceof Problem && error.type === InvalidSecondFactor.type) {
        await this.events.record(secondFactorFailed, { userId, details: { factor: name } });
      }
      throw error;
    }
  }
}

type Answers = Omit<SecondFactorAnswer, 'challenge'>;

/** The schema lets through one of them. */
const shown = ({ code, recoveryCode, passkey }: Answers): [SecondFactorName, unknown] => {
  if (code !== undefined) return ['totp', code];
  return recoveryCode !== undefined ? ['recovery_code', recoveryCode] : ['passkey', passkey];
};

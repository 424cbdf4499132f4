import { Injectable } from '@nestjs/common';
import { defineProblem } from '../../../core/http/problem';

export const InvalidSecondFactor = defineProblem(
  'unauthenticated',
  'invalid_second_factor',
  'The code is wrong, or was used before',
  'Check the clock of the device and send the next code, or use a recovery code. A challenge takes five answers.',
);

export type SecondFactorName = 'totp' | 'recovery_code' | 'passkey';

/** One sort of second factor. */
export interface SecondFactor {
  readonly name: SecondFactorName;
  /** It takes the place of another that was lost, and is none without one. */
  readonly standsIn?: boolean;
  /** Whether the user has set it up. */
  has(userId: string): Promise<boolean>;
  /** Uses the answer up. @throws Problem when it is wrong or was used before */
  check(userId: string, answer: unknown): Promise<void>;
  /** Takes it from a user who has lost it, at the word of an operator. */
  remove(userId: string): Promise<void>;
}

/** The second factors there are: each sub-topic adds its own in `onModuleInit`. */
@Injectable()
export class SecondFactors {
  private readonly known = new Map<SecondFactorName, SecondFactor>();

  register(factor: SecondFactor): void {
    this.known.set(factor.name, factor);
  }

  /** The factors that the user has set up, stand-ins last; empty for somebody who signs in with one factor. */
  async of(userId: string): Promise<SecondFactorName[]> {
    const own: SecondFactor[] = [];
    for (const factor of this.known.values()) if (await factor.has(userId)) own.push(factor);
    const [real, standIns] = [
      own.filter(({ standsIn }) => !standsIn),
      own.filter(({ standsIn }) => standsIn),
    ];
    return real.length === 0 ? [] : [...real, ...standIns].map(({ name }) => name);
  }

  /** Takes all of them from the user. Joins the running transaction. */
  async removeAll(userId: string): Promise<void> {
    for (const factor of this.known.values()) await factor.remove(userId);
  }

  get(name: SecondFactorName): SecondFactor | undefined {
    return this.known.get(name);
  }
}

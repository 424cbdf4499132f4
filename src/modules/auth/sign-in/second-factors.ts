import { Injectable } from '@nestjs/common';

export type SecondFactorName = 'totp' | 'recovery_code' | 'passkey';

/** One sort of second factor. */
export interface SecondFactor {
  readonly name: SecondFactorName;
  /** Whether the user has set it up. */
  has(userId: string): Promise<boolean>;
  /** Uses the answer up. @throws Problem when it is wrong or was used before */
  check(userId: string, answer: unknown): Promise<void>;
}

/** The second factors there are: each sub-topic adds its own in `onModuleInit`. */
@Injectable()
export class SecondFactors {
  private readonly known = new Map<SecondFactorName, SecondFactor>();

  register(factor: SecondFactor): void {
    this.known.set(factor.name, factor);
  }

  /** The factors that the user has set up; empty for somebody who signs in with one factor. */
  async of(userId: string): Promise<SecondFactorName[]> {
    const all = [...this.known.values()];
    const set = await Promise.all(all.map((factor) => factor.has(userId)));
    return all.filter((_factor, index) => set[index]).map(({ name }) => name);
  }

  get(name: SecondFactorName): SecondFactor | undefined {
    return this.known.get(name);
  }
}

import { Injectable } from '@nestjs/common';
import { defineProblem } from '../../../core/http/problem';
import { LoginService } from '../login/login.service';
import { PasswordsService } from '../password/passwords.service';
import { type SecondFactorName, SecondFactors } from '../sign-in/second-factors';
import type { ProofAnswer } from './proof.schema';

export const ProofNotAccepted = defineProblem(
  'forbidden',
  'proof_not_accepted',
  'This does not prove that it is you',
  'Prove it with one of `accepted`. If there is none, sign in again.',
);

type Way = 'password' | SecondFactorName;

/** What counts as a proof that somebody signed in is still the owner of the account. */
@Injectable()
export class ProofChecks {
  constructor(
    private readonly factors: SecondFactors,
    private readonly passwords: PasswordsService,
    private readonly login: LoginService,
  ) {}

  /**
   * Uses the answer up. Who has a second factor has to show one: the password alone may have been stolen with the
   * session. Guesses count as those at log-in do.
   * @throws Problem proof_not_accepted, and those of the check
   */
  async check(userId: string, answers: ProofAnswer, address: string): Promise<Way> {
    const [way, answer] = shown(answers);
    const accepted = await this.accepted(userId);
    if (!accepted.includes(way)) throw ProofNotAccepted({ extensions: { accepted } });
    if (way === 'password') await this.login.confirm(userId, String(answer), address);
    else await this.factors.get(way)!.check(userId, answer);
    return way;
  }

  private async accepted(userId: string): Promise<Way[]> {
    const factors = await this.factors.of(userId);
    if (factors.length > 0) return factors;
    return (await this.passwords.has(userId)) ? ['password'] : [];
  }
}

/** The schema lets through one of them. */
function shown({ currentPassword, code, recoveryCode, passkey }: ProofAnswer): [Way, unknown] {
  if (currentPassword !== undefined) return ['password', currentPassword];
  if (code !== undefined) return ['totp', code];
  return recoveryCode === undefined ? ['passkey', passkey] : ['recovery_code', recoveryCode];
}

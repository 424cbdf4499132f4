import { Inject, Injectable } from '@nestjs/common';
import { defineProblem, type ProblemError } from '../../../core/http/problem';
import { ValidationFailed } from '../../../core/http/problems';
import { BreachedPasswords } from './breached-passwords';
import { isCommon } from './common-passwords';
import { passwordConfig, type PasswordConfig } from './password.config';
import { PasswordsService } from './passwords.service';

export const PasswordBreached = defineProblem(
  'invalid',
  'password_breached',
  'This password is known from a data breach',
  'Choose another, and change it wherever else you use it: attackers try it first.',
);

/** Whose password it is going to be. */
interface Owner {
  readonly email: string;
  readonly name: string;
}

/**
 * Passwords that are being chosen: long enough, not what anybody would try first for this person, and not known from
 * a breach; no rules on their characters (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2).
 */
@Injectable()
export class NewPasswords {
  constructor(
    @Inject(passwordConfig.token) private readonly config: PasswordConfig,
    private readonly breached: BreachedPasswords,
    private readonly passwords: PasswordsService,
  ) {}

  /**
   * The hash of a password that is good enough. To be made before a transaction: argon2 is slow on purpose, and a
   * connection should not wait for it. `pointer` is where the password stood in the body.
   * @throws Problem validation_failed; password_breached
   */
  async hash(pointer: string, password: string, owner: Owner): Promise<string> {
    const wrong = this.fault(password, owner);
    if (wrong) throw ValidationFailed({ errors: [{ pointer, ...wrong }] });
    if (await this.breached.includes(password)) {
      const error = { pointer, code: 'password_breached', detail: 'is known from a data breach' };
      throw PasswordBreached({ errors: [error] });
    }
    return this.passwords.hash(password);
  }

  private fault(password: string, owner: Owner): Omit<ProblemError, 'pointer'> | null {
    const least = this.config.AUTH_PASSWORD_MIN_LENGTH;
    // A character is a code point (NIST SP 800-63B-4, 3.1.1.2): an emoji is one, not two.
    if (Array.from(password).length < least) {
      return { code: 'too_small', detail: `has less than ${least} characters` };
    }
    if (isCommon(password)) {
      return { code: 'common_password', detail: 'is one of the most common passwords' };
    }
    const words = [owner.email, owner.email.replace(/@.*$/, ''), owner.name, ...owner.name.split(/\s+/)];
    return isMadeOf(password, [...words, ...this.config.AUTH_PASSWORD_WORDS])
      ? {
          code: 'guessable_password',
          detail: 'is made of your name, your address, or the name of this service',
        }
      : null;
  }
}

/** Whether next to nothing is left of the password without these words, and without digits and signs. */
function isMadeOf(password: string, words: string[]): boolean {
  const known = words.map((word) => word.normalize('NFC').toLowerCase()).filter(({ length }) => length > 2);
  let rest = password.toLowerCase();
  // The longest first, for others are parts of it.
  for (const word of known.toSorted((a, b) => b.length - a.length)) rest = rest.replaceAll(word, '');
  return rest.length < password.length && rest.replaceAll(/[^\p{L}]/gu, '').length < 3;
}

import { z } from 'zod';
import { id } from '../../../core/http/text';

/** Ways to prove who one is; the session remembers which were used. */
export const METHODS = ['password', 'email', 'social', 'passkey', 'totp', 'recovery_code'] as const;
export type Method = (typeof METHODS)[number];

/** Somebody proved to be this user. */
export interface Proof {
  readonly userId: string;
  readonly methods: readonly Method[];
  /** Which password was shown, among `methods`: when it is replaced meanwhile the proof is worth nothing. */
  readonly passwordVersion?: string;
}

/** A passkey is one by itself: it is something they have, unlocked by something they know or are. */
const SECOND: readonly Method[] = ['passkey', 'totp', 'recovery_code'];

/** Whether the proof counts for two factors (NIST SP 800-63B-4, AAL2). */
export const hasSecondFactor = (methods: readonly Method[]): boolean =>
  methods.some((method) => SECOND.includes(method));

/** What every way to sign in may be asked for, beside the proof. */
export const signInOptions = {
  organizationId: id()
    .optional()
    .meta({ description: 'The organization to begin with; without it, the one you joined first.' }),
  transport: z.enum(['token', 'cookie']).default('token').meta({
    description:
      'How to go on: with tokens in the answer, or, in a browser, with a cookie that no script can read.',
  }),
};

const options = z.object(signInOptions);
export type SignInOptions = z.input<typeof options>;
export type ChosenOptions = z.output<typeof options>;

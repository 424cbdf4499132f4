import { z } from 'zod';
import { password } from '../password/password.schema';
import { secondFactorAnswer } from '../second-factors/second-factors.schema';

export const proofAnswer = z
  .strictObject({ currentPassword: password().optional(), ...secondFactorAnswer })
  .refine(
    (answers) => Object.values(answers).filter((one) => one !== undefined).length === 1,
    'takes one of currentPassword, code, recoveryCode and passkey',
  )
  .meta({
    id: 'ProofAnswer',
    description:
      'Proof that the caller is still the owner of the account: a second factor if they have one, else the password.',
    examples: [{ currentPassword: 'correct horse battery staple' }],
  });

export type ProofAnswer = z.output<typeof proofAnswer>;

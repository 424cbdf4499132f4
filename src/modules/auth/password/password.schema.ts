import { z } from 'zod';
import { email } from '../../../core/http/text';

/** A password as it is typed: Unicode in one form (NIST SP 800-63B-4, 3.1.1.2), never trimmed. */
export const password = () =>
  z
    .string()
    .normalize('NFC')
    .min(1)
    .max(256)
    .refine((value) => value.isWellFormed(), 'is not well-formed Unicode')
    .meta({ format: 'password', examples: ['correct horse battery staple'] });

/** A password that is being chosen. What else is asked of it depends on its owner and on settings: NewPasswords. */
export const newPassword = () =>
  password()
    .min(8)
    .meta({
      description:
        '8 to 256 characters of any kind (the least may be set higher). Refused: the most common passwords, what is made of ' +
        'your name, your address or the name of this service, and, where that is switched on, what was in a data breach.',
      format: 'password',
      examples: ['correct horse battery staple'],
    });

/** A token out of a mail. */
export const mailedToken = () =>
  z
    .string()
    .min(1)
    .max(200)
    .meta({ examples: ['kpr_Qm9hdHMgZmxvYXQ'] });

export const addressOnly = z
  .strictObject({ email: email() })
  .meta({ id: 'EmailAddress', description: 'The address that a mail should go to.' });

export const passwordReset = z
  .strictObject({ token: mailedToken(), newPassword: newPassword() })
  .meta({ id: 'PasswordReset' });

export const passwordChange = z
  .strictObject({ currentPassword: password(), newPassword: newPassword() })
  .meta({ id: 'PasswordChange' });

export const passwordConfirmation = z
  .strictObject({
    currentPassword: password()
      .optional()
      .meta({
        description: 'Needed for an account that has a password.',
        examples: ['correct horse battery staple'],
      }),
  })
  .meta({ id: 'PasswordConfirmation', description: 'Proof that it is really the owner who asks.' });

export type AddressOnly = z.output<typeof addressOnly>;
export type PasswordReset = z.output<typeof passwordReset>;
export type PasswordChange = z.output<typeof passwordChange>;
export type PasswordConfirmation = z.output<typeof passwordConfirmation>;

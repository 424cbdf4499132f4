import { z } from 'zod';
import { email } from '../../../core/http/text';
import { COMMON_PASSWORDS } from './common-passwords';

/** A password as it is typed: Unicode in one form (NIST SP 800-63B-4, 3.1.1.2), never trimmed. */
export const password = () =>
  z
    .string()
    .normalize('NFC')
    .min(1)
    .max(256)
    .refine((value) => value.isWellFormed(), 'is not well-formed Unicode')
    .meta({ format: 'password', examples: ['correct horse battery staple'] });

/** A password that is being chosen: long enough and not on everybody's list; no rules on its characters. */
export const newPassword = () =>
  password()
    .min(8)
    .refine((value) => !COMMON_PASSWORDS.has(value.toLowerCase()), 'is one of the most common passwords')
    .meta({
      description: '8 to 256 characters of any kind; the most common passwords are refused.',
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
  .strictObject({ currentPassword: password() })
  .meta({ id: 'PasswordConfirmation', description: 'Proof that it is really the owner who asks.' });

export type AddressOnly = z.output<typeof addressOnly>;
export type PasswordReset = z.output<typeof passwordReset>;
export type PasswordChange = z.output<typeof passwordChange>;
export type PasswordConfirmation = z.output<typeof passwordConfirmation>;

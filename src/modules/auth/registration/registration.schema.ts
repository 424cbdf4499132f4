import { z } from 'zod';
import { email, text } from '../../../core/http/text';
import { mailedToken, newPassword } from '../password/password.schema';

export const registration = z
  .strictObject({
    email: email(),
    password: newPassword(),
    name: text(100).meta({ examples: ['Ada Lovelace'] }),
  })
  .meta({ id: 'Registration' });

export const emailVerification = z.strictObject({ token: mailedToken() }).meta({ id: 'EmailVerification' });

export type Registration = z.output<typeof registration>;
export type EmailVerification = z.output<typeof emailVerification>;

import { z } from 'zod';

/** One answer for every address, so that it does not tell which of them have an account. */
export const mailSent = z
  .object({ message: z.string().meta({ examples: ['If the address is right, a mail is on its way.'] }) })
  .meta({ id: 'MailSent', description: 'The same answer for every address.' });

export const MAIL_SENT = { message: 'If the address is right, a mail is on its way.' };

import { z } from 'zod';
import { email } from '../../../core/http/text';
import { signInOptions } from '../sign-in/sign-in';
import { mailSent } from '../tokens/mail-sent';

export const magicLinkRequest = z
  .strictObject({ email: email() })
  .meta({ id: 'MagicLinkRequest', description: 'The address of the account to sign in to.' });

const binding = z
  .string()
  .min(1)
  .max(200)
  .meta({
    description:
      'Ties the mailed token to the browser that asked: keep it there (the link opens in another tab, so in ' +
      '`localStorage`), and send it with the token.',
    examples: ['kmb_U29tZXRoaW5nIHRvIHJlbWVtYmVy'],
  });

export const magicLinkSent = mailSent
  .extend({
    binding,
    expiresIn: z.int().meta({ description: 'Seconds that the link lives.', examples: [600] }),
  })
  .meta({ id: 'MagicLinkSent', description: 'Looks the same for every address.' });

export const magicLinkSignIn = z
  .strictObject({
    token: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: 'Out of the mail.', examples: ['kml_QSBsaW5rIG91dCBvZiBhIG1haWw'] }),
    binding,
    ...signInOptions,
  })
  .meta({ id: 'MagicLinkSignIn', description: 'What came by mail, and what the request for it answered.' });

export type MagicLinkRequest = z.output<typeof magicLinkRequest>;
export type MagicLinkSignIn = z.output<typeof magicLinkSignIn>;

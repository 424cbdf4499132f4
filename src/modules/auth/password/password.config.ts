import { z } from 'zod';
import { webAddress, list } from '../../../core/config/addresses';
import { productName } from '../../../core/product';
import { configuration, type ConfigurationOf } from '../../../core/config/configuration';

/** Only five digits of a hash are sent, but whoever could change the answer could let breached passwords pass. */
const isSafe = (text: string): boolean => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
};

export const passwordConfig = configuration('auth-password', {
  AUTH_PASSWORD_MIN_LENGTH: z.coerce
    .number()
    .int()
    .min(8)
    .max(64)
    .default(8)
    .describe(
      'The least characters of a new password. NIST SP 800-63B-4 asks for 15 where no second factor is required, and for 8 with one.',
    ),
  AUTH_PASSWORD_WORDS: list()
    .default([productName.toLowerCase()])
    .describe(
      'Words that a new password may not be made of, separated by commas: names of your product and company.',
    ),
  AUTH_BREACHED_PASSWORDS_URL: webAddress()
    .refine(isSafe, 'is not an https:// address')
    .optional()
    .describe(
      'Service that knows breached passwords, such as https://api.pwnedpasswords.com; it is sent 5 digits of a hash. Empty: nothing is asked.',
    ),
});

export type PasswordConfig = ConfigurationOf<typeof passwordConfig>;

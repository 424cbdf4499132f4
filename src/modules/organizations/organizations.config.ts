import { z } from 'zod';
import { configuration, type ConfigurationOf } from '../../core/config/configuration';

export const organizationsConfig = configuration('organizations', {
  ORGANIZATIONS_INVITATION_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(90)
    .default(7)
    .describe('How many days an invitation can be accepted.'),
  ORGANIZATIONS_INVITATION_PAGE: z
    .url({ protocol: /^https?$/, error: 'is not an http(s):// address' })
    .optional()
    .describe(
      'Page of a front end that takes `#token=` and accepts an invitation. Empty: mails hold the token only.',
    ),
});

export type OrganizationsConfig = ConfigurationOf<typeof organizationsConfig>;

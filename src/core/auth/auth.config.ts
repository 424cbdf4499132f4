import { z } from 'zod';
import { configuration, type ConfigurationOf } from '../config/configuration';

export const coreAuthConfig = configuration('core-auth', {
  AUTH_RECENT_SECONDS: z.coerce
    .number()
    .int()
    .min(30)
    .max(86_400)
    .default(600)
    .describe('How long a proof of who somebody is counts as recent, for sensitive routes, in seconds.'),
});

export type CoreAuthConfig = ConfigurationOf<typeof coreAuthConfig>;

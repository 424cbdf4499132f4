import { z } from 'zod';
import { configuration, type ConfigurationOf } from '../config/configuration';

export const securityEventsConfig = configuration('security-events', {
  SECURITY_EVENTS_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(180)
    .describe('How long security events are kept, in days; with them the addresses they came from.'),
});

export type SecurityEventsConfig = ConfigurationOf<typeof securityEventsConfig>;

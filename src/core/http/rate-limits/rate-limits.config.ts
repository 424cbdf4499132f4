import { z } from 'zod';
import { configuration, type ConfigurationOf } from '../../config/configuration';

/** Requests/seconds: `600/60`. */
export const budget = (value: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,6}\/[1-9]\d{0,4}$/, 'is not requests/seconds, such as 600/60')
    .default(value);

export const rateLimitsConfig = configuration('rate-limits', {
  RATE_LIMIT_DEFAULT: budget('600/60').describe(
    'Requests/seconds that one caller (user and organization, else address) has for all ordinary routes.',
  ),
  RATE_LIMIT_AUTH: budget('20/60').describe(
    'Requests/seconds that one caller has for the routes that take or prove a secret.',
  ),
});

export type RateLimitsConfig = ConfigurationOf<typeof rateLimitsConfig>;

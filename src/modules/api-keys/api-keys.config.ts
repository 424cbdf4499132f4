import { z } from 'zod';
import { configuration, type ConfigurationOf } from '../../core/config/configuration';
import { budget } from '../../core/http/rate-limits/rate-limits.config';

const whole = (max: number) => z.coerce.number().int().min(1).max(max);

export const apiKeysConfig = configuration('api-keys', {
  API_KEYS_DAYS: whole(365)
    .default(90)
    .describe('How long an API key lives when nobody says how long, in days.'),
  API_KEYS_MAX_DAYS: whole(365)
    .default(365)
    .describe('How long an API key may live at the most, in days; rotating it begins anew.'),
  API_KEYS_PER_ORGANIZATION: whole(10_000)
    .default(100)
    .describe('The most API keys that an organization has.'),
  RATE_LIMIT_API_KEY: budget('1200/60').describe(
    'Requests/seconds that one API key has for all ordinary routes.',
  ),
});

export type ApiKeysConfig = ConfigurationOf<typeof apiKeysConfig>;

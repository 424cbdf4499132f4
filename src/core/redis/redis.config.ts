import { z } from 'zod';
import { configuration, type ConfigurationOf } from '../config/configuration';

export const redisConfig = configuration('redis', {
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'is not a redis:// or rediss:// address' })
    .optional()
    .describe('Address of Redis for what several instances share (limits, jobs). Empty: none is used.'),
});

export type RedisConfig = ConfigurationOf<typeof redisConfig>;

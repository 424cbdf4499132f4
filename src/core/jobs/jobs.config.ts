import { z } from 'zod';
import { configuration, development, secret, type ConfigurationOf } from '../config/configuration';

export const jobsConfig = configuration('jobs', {
  JOBS_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(4)
    .describe('How many jobs of one queue a worker handles at once; each holds a database connection.'),
  JOBS_LOCK_MS: z.coerce
    .number()
    .int()
    .min(500)
    .default(10_000)
    .describe('For how long a worker owns a job without a sign of life, in milliseconds.'),
  JOBS_STALLED_CHECK_MS: z.coerce
    .number()
    .int()
    .min(100)
    .default(5000)
    .describe('How often workers look for jobs whose worker has died, in milliseconds.'),
  JOBS_PAYLOAD_KEYS: development(
    secret(
      z
        .string()
        .regex(/^[A-Za-z0-9+/]{43}=(,[A-Za-z0-9+/]{43}=)*$/, 'is not 32 bytes in base64, or several of them')
        .transform((text) => text.split(',').map((key) => Buffer.from(key, 'base64'))),
    ),
    'a2VlbHNvbi1kZXZlbG9wbWVudC1wYXlsb2FkLWtleSE=',
  ).describe(
    'Seals the payloads of jobs that carry secrets: openssl rand -base64 32. To change it put the new one before the old one, with a comma, for a day.',
  ),
  JOBS_REDIS_PREFIX: z
    .string()
    .regex(/^[\w{}-]+$/)
    .default('{keelson}')
    .describe('What the keys of the queues begin with, in a Redis that several applications share.'),
});

export type JobsConfig = ConfigurationOf<typeof jobsConfig>;

import { z } from 'zod';
import { configuration, type ConfigurationOf } from '../config/configuration';

const port = (standard: number) => z.coerce.number().int().min(0).max(65_535).default(standard);

export const observabilityConfig = configuration('observability', {
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('The least severe log lines that are written.'),
  LOG_REQUESTS: z
    .stringbool()
    .default(true)
    .describe('One line for every finished request, with its route, status and duration.'),
  REVISION: z
    .string()
    .max(200)
    .default('unknown')
    .describe(
      'What was deployed, as /health/version tells signed-in callers: the digest of the image or a commit. The image and the chart set it.',
    ),
  MANAGEMENT_PORT: port(3001).describe(
    'Port of /metrics and other pages for operators of the API; never make it public.',
  ),
  WORKER_MANAGEMENT_PORT: port(3002).describe('The same of the worker.'),
  MANAGEMENT_HOST: z.string().min(1).default('127.0.0.1').describe('Address the management port listens on.'),
});

export type ObservabilityConfig = ConfigurationOf<typeof observabilityConfig>;

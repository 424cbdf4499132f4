import { z } from 'zod';
import { list, origin, webAddress } from '../config/addresses';
import { configuration, type ConfigurationOf } from '../config/configuration';

const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

export const httpConfig = configuration('http', {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('development, test or production. Production refuses every development value.'),
  PORT: count(0, 65_535).default(3000).describe('Port of the API.'),
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on; 0.0.0.0 in a container, loopback elsewhere.'),
  PUBLIC_URL: webAddress()
    .default('http://127.0.0.1:3000')
    .describe('Address by which the outside reaches the API, for links in mails.'),
  TRUST_PROXY_HOPS: count(0, 10)
    .default(0)
    .describe(
      'How many proxies stand in front; decides which entry of X-Forwarded-For is believed. 0: none.',
    ),
  CORS_ORIGINS: list()
    .pipe(z.array(origin()))
    .default([])
    .describe(
      'Origins whose pages may call the API, such as https://app.example.com, separated by commas. Empty: none.',
    ),
  HTTP_BODY_LIMIT: count(1024, 100 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('The most bytes a request body may have; more is answered with 413.'),
  HTTP_HEADER_LIMIT: count(4096, 256 * 1024)
    .default(16 * 1024)
    .describe('The most bytes the headers of a request may have; more is answered with 431.'),
  HTTP_REQUEST_TIMEOUT_MS: count(1000, 600_000)
    .default(30_000)
    .describe('How long a request may take to arrive, in milliseconds.'),
  OVERLOAD_IN_FLIGHT: count(1, 100_000)
    .default(1000)
    .describe('The most requests that are worked on at once; more are answered with 503.'),
  OVERLOAD_EVENT_LOOP_DELAY_MS: count(0, 60_000)
    .default(500)
    .describe('When timers come this much late on average, requests are answered with 503. 0: never.'),
  SHUTDOWN_DELAY_MS: count(0, 15_000)
    .optional()
    .describe(
      'How long to go on serving after SIGTERM while /health/ready says 503, in milliseconds: longer than the balancer takes to notice. Empty: 5000 in production, 0 elsewhere.',
    ),
});

export type HttpConfig = ConfigurationOf<typeof httpConfig>;

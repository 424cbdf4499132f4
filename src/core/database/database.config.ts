import { z } from 'zod';
import { list } from '../config/addresses';
import { configuration, development, flag, type ConfigurationOf } from '../config/configuration';

const postgresUrl = () => z.url({ protocol: /^postgres(ql)?$/, error: 'is not a postgres:// address' });

export const databaseConfig = configuration('database', {
  DATABASE_URL: development(postgresUrl(), 'postgres://keelson_app@127.0.0.1:5432/keelson').describe(
    'Address of PostgreSQL for the application role, which owns no table and must not bypass row-level security.',
  ),
  DATABASE_OWNER_URL: postgresUrl()
    .optional()
    .describe(
      'Address for migrations, as the role that owns the tables and straight to PostgreSQL; no other process needs it. Empty: DATABASE_URL.',
    ),
  DATABASE_REPLICA_URLS: list()
    .pipe(z.array(postgresUrl()))
    .default([])
    .describe('Addresses of read replicas, separated by commas. Empty: every read goes to the primary.'),
  DATABASE_REPLICA_PIN_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(5000)
    .describe(
      'For how long after a write its author reads from the primary, in milliseconds; more than the replicas lag.',
    ),
  DATABASE_LISTEN_URL: postgresUrl()
    .optional()
    .describe(
      'Direct address for LISTEN, needed when DATABASE_URL goes through PgBouncer in transaction mode.',
    ),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(10)
    .describe('Connections a process may open.'),
  DATABASE_CONNECT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .default(5000)
    .describe('How long to wait for a free connection before answering 503.'),
  DATABASE_STATEMENT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .default(10_000)
    .describe('After this time PostgreSQL aborts a statement.'),
  DATABASE_SLOW_QUERY_MS: z.coerce
    .number()
    .int()
    .min(1)
    .default(200)
    .describe('A statement slower than this is logged with the name of its route.'),
  DATABASE_PREPARED_STATEMENTS: flag()
    .default(true)
    .describe('Named prepared statements. Turn off behind PgBouncer before 1.21 in transaction mode.'),
});

export type DatabaseConfig = ConfigurationOf<typeof databaseConfig>;

import { randomBytes } from 'node:crypto';

const key = () => randomBytes(32).toString('base64');

/** What production does not start without, but the database: secrets of this call alone, and none of the tests' thrift. */
export const productionSettings = (): Record<string, string> => ({
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://localhost',
  MAIL_FROM: 'Keelson <no-reply@example.com>',
  SMTP_URL: 'smtp://127.0.0.1:9?requireTLS=false',
  AUTH_KEY_ENCRYPTION_KEY: key(),
  JOBS_PAYLOAD_KEYS: key(),
  SHUTDOWN_DELAY_MS: '0',
  AUTH_PASSWORD_MEMORY_KIB: '',
  AUTH_PASSWORD_PASSES: '',
});

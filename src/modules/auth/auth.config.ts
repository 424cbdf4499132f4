import { z } from 'zod';
import { webAddress } from '../../core/config/addresses';
import { productName } from '../../core/product';
import { configuration, development, secret, type ConfigurationOf } from '../../core/config/configuration';

const seconds = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. Tests may be cheaper. */
const cost = (least: number, max: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(max)
    .refine(
      (value) => process.env.NODE_ENV !== 'production' || value >= least,
      `is less than ${least}, the least that production takes`,
    )
    .default(least);

export const authConfig = configuration('auth', {
  AUTH_KEY_ENCRYPTION_KEY: development(
    secret(
      z
        .string()
        .regex(/^[A-Za-z0-9+/]{43}=$/, 'is not 32 bytes in base64')
        .transform((text) => Buffer.from(text, 'base64')),
    ),
    'a2VlbHNvbi1kZXZlbG9wbWVudC1zZWFsaW5nLWtleSE=',
  ).describe('32 random bytes in base64 that seal the signing keys at rest: openssl rand -base64 32'),
  AUTH_AUDIENCE: z
    .string()
    .min(1)
    .default('keelson-api')
    .describe('The `aud` of access tokens: the name of this API.'),
  AUTH_ACCESS_TOKEN_SECONDS: seconds(5, 3600)
    .default(900)
    .describe('How long an access token lives, in seconds.'),
  AUTH_SESSION_IDLE_SECONDS: seconds(300, 31_536_000)
    .default(14 * 86_400)
    .describe('After this time without use a session ends, in seconds.'),
  AUTH_SESSION_SECONDS: seconds(300, 31_536_000)
    .default(90 * 86_400)
    .describe('After this time a session ends however much it is used, in seconds.'),
  AUTH_SESSIONS_MAX: seconds(1, 10_000)
    .default(20)
    .describe('How many sessions a user may have; one more ends the least used.'),
  AUTH_REFRESH_GRACE_SECONDS: seconds(0, 60)
    .default(10)
    .describe(
      'For how long a used refresh token gets its unused successor again, for two tabs, in seconds. 0: never.',
    ),
  AUTH_SESSION_CACHE_SECONDS: seconds(1, 30)
    .default(30)
    .describe('How long an instance may trust what it knows of a session; revocation does not wait for it.'),
  AUTH_VERIFICATION_SECONDS: seconds(60, 604_800)
    .default(86_400)
    .describe('How long the token in a verification mail lives, in seconds.'),
  AUTH_PASSWORD_RESET_SECONDS: seconds(60, 86_400)
    .default(3600)
    .describe('How long the token in a password mail lives, in seconds.'),
  AUTH_MAGIC_LINK_SECONDS: seconds(60, 3600)
    .default(600)
    .describe('How long the token in a sign-in mail lives, in seconds.'),
  AUTH_MAILS_PER_HOUR: seconds(1, 1000)
    .default(5)
    .describe('The most mails of one kind that anyone can make us send to one address in an hour.'),
  AUTH_LOGIN_ATTEMPTS: seconds(3, 1000)
    .default(10)
    .describe('Wrong passwords for one account from one network before the delays begin.'),
  AUTH_ACCOUNT_ATTEMPTS: seconds(3, 100_000)
    .default(50)
    .describe(
      'The same from all networks together that its owner has not signed in from; the delay is a minute at most.',
    ),
  AUTH_UNVERIFIED_DAYS: seconds(2, 365)
    .default(7)
    .describe('Accounts whose address was not verified are deleted after this many days.'),
  AUTH_TOTP_ISSUER: z
    .string()
    .min(1)
    .max(64)
    .default(productName)
    .describe('What authenticator apps call this service.'),
  AUTH_PAGES_URL: webAddress()
    .optional()
    .describe(
      'Front end whose pages /verify-email, /reset-password and /magic-link take `#token=`, and /sign-in `#code=` of a social sign-in. Empty: mails hold the token only, and /sign-in is a page of ours.',
    ),
  AUTH_PASSWORD_MEMORY_KIB: cost(19_456, 1_048_576).describe('Memory of argon2id for one password, in KiB.'),
  AUTH_PASSWORD_PASSES: cost(2, 100).describe('Passes of argon2id over its memory.'),
  AUTH_PASSWORD_LANES: cost(1, 16).describe('Parallel lanes of argon2id.'),
});

export type AuthConfig = ConfigurationOf<typeof authConfig>;

import { z } from 'zod';
import { productName } from '../../../core/product';
import { list, origin } from '../../../core/config/addresses';
import { configuration, type ConfigurationOf } from '../../../core/config/configuration';

/** What Android applications have in place of an origin. */
const ANDROID = /^android:apk-key-hash:[\w-]{43}$/;

export const passkeysConfig = configuration('auth-passkeys', {
  AUTH_PASSKEY_RP_ID: z
    .string()
    .regex(/^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'is not a domain in lower case')
    .optional()
    .describe(
      'Domain that passkeys belong to: that of the front end, or one above it. Changing it makes all of them worthless. Empty: the host of PUBLIC_URL.',
    ),
  AUTH_PASSKEY_ORIGINS: list()
    .pipe(z.array(origin(ANDROID)))
    .optional()
    .describe(
      'Origins whose pages may use passkeys, separated by commas. Empty: those of PUBLIC_URL and CORS_ORIGINS.',
    ),
  AUTH_PASSKEY_RP_NAME: z
    .string()
    .min(1)
    .max(64)
    .default(productName)
    .describe('What authenticators call this service.'),
});

export type PasskeysConfig = ConfigurationOf<typeof passkeysConfig>;

import { z } from 'zod';
import { configuration, type ConfigurationOf } from '../../../core/config/configuration';

/** `https://app.example.com`, or what Android applications are: `android:apk-key-hash:…`. */
const isOrigin = (text: string): boolean =>
  /^android:apk-key-hash:[\w-]{43}$/.test(text) ||
  (/^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text);

export const passkeysConfig = configuration('auth-passkeys', {
  AUTH_PASSKEY_RP_ID: z
    .string()
    .regex(/^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'is not a domain in lower case')
    .optional()
    .describe(
      'Domain that passkeys belong to: that of the front end, or one above it. Changing it makes all of them worthless. Empty: the host of PUBLIC_URL.',
    ),
  AUTH_PASSKEY_ORIGINS: z
    .string()
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(z.string().refine(isOrigin, 'is not an origin such as https://app.example.com')))
    .optional()
    .describe(
      'Origins whose pages may use passkeys, separated by commas. Empty: those of PUBLIC_URL and CORS_ORIGINS.',
    ),
  AUTH_PASSKEY_RP_NAME: z
    .string()
    .min(1)
    .max(64)
    .default('Keelson')
    .describe('What authenticators call this service.'),
});

export type PasskeysConfig = ConfigurationOf<typeof passkeysConfig>;

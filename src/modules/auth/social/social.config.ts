import { z } from 'zod';
import { webAddress } from '../../../core/config/addresses';
import { configuration, secret, type ConfigurationOf } from '../../../core/config/configuration';

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** What a provider says is believed because of the connection it comes by. */
const address = () =>
  webAddress().refine((text) => {
    if (!URL.canParse(text)) return true;
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || LOOPBACK.test(hostname) || process.env.NODE_ENV !== 'production';
  }, 'is not an https:// address');

const clientId = (where: string) =>
  z.string().min(1).max(500).optional().describe(`${where} Empty: nobody signs in with it.`);

const clientSecret = (provider: string) =>
  secret(z.string().max(500).optional()).describe(`Client secret at ${provider}.`);

export const socialConfig = configuration('auth-social', {
  GOOGLE_ISSUER_URL: address()
    .default('https://accounts.google.com')
    .describe('Issuer of the ID tokens of "Sign in with Google"; its discovery document says the rest.'),
  GOOGLE_CLIENT_ID: clientId(
    'Client at Google. Its redirect address is PUBLIC_URL/v1/auth/social/google/callback.',
  ),
  GOOGLE_CLIENT_SECRET: clientSecret('Google'),
  GITHUB_BASE_URL: address()
    .default('https://github.com')
    .describe('Where people meet GitHub; that of an Enterprise Server otherwise.'),
  GITHUB_API_URL: address()
    .default('https://api.github.com')
    .describe('Address of the API of GitHub; https://<host>/api/v3 for an Enterprise Server.'),
  GITHUB_CLIENT_ID: clientId(
    'OAuth app at GitHub. Its redirect address is PUBLIC_URL/v1/auth/social/github/callback.',
  ),
  GITHUB_CLIENT_SECRET: clientSecret('GitHub'),
  OPENID_ISSUER_URL: address()
    .optional()
    .describe('Issuer of any other OpenID provider. Addresses that it calls verified are believed to be.'),
  OPENID_CLIENT_ID: clientId(
    'Client at that provider. Its redirect address is PUBLIC_URL/v1/auth/social/openid/callback.',
  ),
  OPENID_CLIENT_SECRET: clientSecret('that provider'),
  OPENID_NAME: z.string().min(1).max(50).default('OpenID').describe('What people call that provider.'),
  AUTH_SOCIAL_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(30_000)
    .default(5000)
    .describe('How long a provider may take for one answer, in milliseconds.'),
});

export type SocialConfig = ConfigurationOf<typeof socialConfig>;

import { Configuration, customFetch, fetchProtectedResource } from 'openid-client';
import { z } from 'zod';
import { boundedFetch } from './bounded-fetch';
import { type Client, insecureIf } from './openid';
import type { Dialect } from './provider';
import { ProviderOutage } from './provider-errors';

const account = z.object({
  id: z.int().positive(),
  login: z.string(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
});
const addresses = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

const trimmed = (address: string) => address.replace(/\/$/, '');

/** GitHub, which speaks OAuth 2.0 without ID tokens: its API says who somebody is. */
export const github = (base: string, api: string, client: Client): Dialect => ({
  scope: 'read:user user:email',
  openid: false,
  connect: () => Promise.resolve(connection(base, api, client)),

  async profile(configuration, { access_token }) {
    const ask = asker(configuration, trimmed(api), access_token);
    const [user, mine] = await Promise.all([ask('/user', account), ask('/user/emails', addresses)]);
    // The public address of the profile is whatever its owner typed: only this list says what was verified.
    const primary = mine.find((one) => one.primary);
    return {
      issuer: configuration.serverMetadata().issuer,
      subject: String(user.id),
      email: z.email().max(254).toLowerCase().safeParse(primary?.email).data ?? null,
      emailVerified: primary?.verified === true,
      name: user.name || user.login,
      avatarUrl: user.avatar_url ?? null,
    };
  },
});

function connection(base: string, api: string, { clientId, clientSecret, timeoutMs }: Client): Configuration {
  const oauth = `${trimmed(base)}/login/oauth`;
  const server = {
    issuer: oauth,
    authorization_endpoint: `${oauth}/authorize`,
    token_endpoint: `${oauth}/access_token`,
    code_challenge_methods_supported: ['S256'],
  };
  const configuration = new Configuration(server, clientId, clientSecret);
  configuration[customFetch] = boundedFetch;
  configuration.timeout = timeoutMs / 1000;
  for (const execute of [...insecureIf(base), ...insecureIf(api)]) execute(configuration);
  return configuration;
}

const asker =
  (configuration: Configuration, api: string, token: string) =>
  async <T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> => {
    const headers = new Headers({ accept: 'application/vnd.github+json' });
    const answer = await fetchProtectedResource(
      configuration,
      token,
      new URL(api + path),
      'GET',
      null,
      headers,
    );
    const body = schema.safeParse(answer.ok ? await answer.json().catch(() => null) : null);
    if (!body.success) throw new ProviderOutage(`GET ${path} of the API was answered ${answer.status}.`);
    return body.data;
  };

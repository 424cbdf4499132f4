import { Inject, Injectable } from '@nestjs/common';
import { httpConfig, type HttpConfig } from '../../../core/http/http.config';
import { github } from './providers/github';
import { type Client, openid } from './providers/openid';
import { type Dialect, Provider, type ProviderName } from './providers/provider';
import { socialConfig, type SocialConfig } from './social.config';
import { ProviderNotFound } from './social.problems';

const LOOPBACK = /^https?:\/\/(localhost|127\.|\[::1\])/;

/** The providers that the settings name a client for. */
@Injectable()
export class SocialProviders {
  private readonly known: ReadonlyMap<string, Provider>;

  constructor(
    @Inject(socialConfig.token) config: SocialConfig,
    @Inject(httpConfig.token) private readonly http: HttpConfig,
  ) {
    const client = (clientId: string | undefined, clientSecret: string | undefined): Client | undefined =>
      clientId ? { clientId, clientSecret, timeoutMs: config.AUTH_SOCIAL_TIMEOUT_MS } : undefined;
    const google = client(config.GOOGLE_CLIENT_ID, config.GOOGLE_CLIENT_SECRET);
    const gitHub = client(config.GITHUB_CLIENT_ID, config.GITHUB_CLIENT_SECRET);
    const other = client(config.OPENID_CLIENT_ID, config.OPENID_CLIENT_SECRET);
    const { GOOGLE_ISSUER_URL, GITHUB_BASE_URL, GITHUB_API_URL, OPENID_ISSUER_URL, OPENID_NAME } = config;
    this.known = new Map(
      [
        google && provider('google', 'Google', GOOGLE_ISSUER_URL, openid(GOOGLE_ISSUER_URL, google)),
        gitHub &&
          provider('github', 'GitHub', GITHUB_BASE_URL, github(GITHUB_BASE_URL, GITHUB_API_URL, gitHub)),
        other && OPENID_ISSUER_URL
          ? provider('openid', OPENID_NAME, OPENID_ISSUER_URL, openid(OPENID_ISSUER_URL, other))
          : undefined,
      ].flatMap((one) => (one ? [[one.name, one] as const] : [])),
    );
  }

  list(): Provider[] {
    return [...this.known.values()];
  }

  /** Where a sign-in with it begins; `/callback` below is where it comes back to. */
  addressOf(name: string): string {
    return `${this.http.PUBLIC_URL.replace(/\/$/, '')}/v1/auth/social/${name}`;
  }

  /** @throws Problem provider_not_found */
  get(name: string): Provider {
    const found = this.known.get(name);
    if (!found) throw ProviderNotFound();
    return found;
  }
}

/** A stand-in on this machine is called so, that nobody takes it for the real one. */
const provider = (name: ProviderName, title: string, address: string, dialect: Dialect): Provider =>
  new Provider(name, LOOPBACK.test(address) ? `${title} (local)` : title, dialect);

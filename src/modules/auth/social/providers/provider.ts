import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from 'openid-client';
import type { Problem } from '../../../../core/http/problem';
import { problemOfProvider } from './provider-errors';

export const PROVIDERS = ['google', 'github', 'openid'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export type ProviderTokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** Who somebody is at a provider, as far as it could be verified. */
export interface Profile {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  /** The provider vouches that the address is theirs. */
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly avatarUrl: string | null;
}

/** What tells a provider from the others. */
export interface Dialect {
  readonly scope: string;
  /** Whether ID tokens are given, and therefore asked for. */
  readonly openid: boolean;
  connect(): Promise<Configuration>;
  /** @throws Error when what the provider says does not hold */
  profile(configuration: Configuration, tokens: ProviderTokens): Promise<Profile>;
}

/** What binds an answer of the provider to the request that it answers. */
export interface Binding {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Long enough to cost little, short enough to follow a provider that moves. */
const CONNECTION_MS = 3_600_000;

/** One way to sign in elsewhere: the code flow of OAuth 2.0 (RFC 6749 with RFC 7636, 9207 and 9700). */
export class Provider {
  private readonly logger = new Logger('Social');
  private connection?: { since: number; made: Promise<Configuration> };

  constructor(
    readonly name: ProviderName,
    /** What people call it. */
    readonly title: string,
    private readonly dialect: Dialect,
  ) {}

  /** Where to send somebody who wants to sign in. @throws Problem provider_unavailable */
  async authorizationUrl({ redirectUri, state, nonce, verifier }: Binding): Promise<string> {
    const configuration = await this.told(() => this.connected());
    const { href } = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.dialect.scope,
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(this.dialect.openid && { nonce }),
    });
    return href;
  }

  /**
   * Who came back with these parameters. Everything that the provider says is verified first.
   * @throws Problem provider_unavailable, social_sign_in_cancelled, social_sign_in_refused
   */
  identify(parameters: Readonly<Record<string, string>>, binding: Binding) {
    const { redirectUri, state, nonce, verifier } = binding;
    const answer = new URL(redirectUri);
    answer.search = new URLSearchParams(parameters).toString();
    return this.told(async () => {
      const configuration = await this.connected();
      const tokens = await authorizationCodeGrant(configuration, answer, {
        expectedState: state,
        pkceCodeVerifier: verifier,
        ...(this.dialect.openid && { expectedNonce: nonce, idTokenExpected: true }),
      });
      return { profile: await this.dialect.profile(configuration, tokens), tokens };
    });
  }

  private connected(): Promise<Configuration> {
    if (this.connection && Date.now() - this.connection.since < CONNECTION_MS) return this.connection.made;
    const connection = { since: Date.now(), made: this.dialect.connect() };
    connection.made.catch(() => {
      if (this.connection === connection) this.connection = undefined;
    });
    this.connection = connection;
    return connection.made;
  }

  private async told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const problem: Problem = problemOfProvider(error);
      // What the provider sent stays out of the log: it holds tokens.
      const reasons = reasonsOf(error);
      this.logger.warn({
        message: 'provider refused',
        provider: this.name,
        code: problem.type.code,
        reasons,
      });
      throw problem;
    }
  }
}

function reasonsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return [error.message, ...reasonsOf(error.cause)];
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Authentication } from '../../../core/auth/authentication';
import { PrincipalCache, type Source } from '../../../core/auth/principal-cache';
import { AccessTokens } from '../tokens/access-tokens';
import { PrincipalLoader } from './principal-loader';
import { SessionActivity } from './session-activity';

/** Tells whose session an access token belongs to. Its signature is checked once. */
@Injectable()
export class TokenAuthenticator implements OnModuleInit {
  private readonly known: PrincipalCache;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly principals: PrincipalLoader,
    private readonly authentication: Authentication,
    activity: SessionActivity,
  ) {
    this.known = new PrincipalCache(
      (token) => this.sourceOf(token),
      ({ sessionId }) => activity.touch(sessionId),
    );
  }

  onModuleInit(): void {
    this.authentication.use({
      authenticate: (credential) => this.known.principalOf(credential),
      forget: (subject) => this.known.forget(subject),
    });
  }

  private async sourceOf(credential: string): Promise<Source | null> {
    const token = await this.tokens.verify(credential);
    if (!token) return null;
    const { tokens, principals } = this;
    return {
      // Asked at every request: the key that signed it may have been revoked since.
      get expiresAt() {
        return tokens.endOf(token);
      },
      load: () => principals.ofToken(token),
    };
  }
}

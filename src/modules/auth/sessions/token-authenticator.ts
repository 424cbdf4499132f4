import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Authentication, type AuthenticationSubject } from '../../../core/auth/authentication';
import type { Principal } from '../../../core/auth/principal';
import { AccessTokens, type VerifiedToken } from '../tokens/access-tokens';
import { PrincipalLoader } from './principal-loader';
import { SessionActivity } from './session-activity';

const MAX_TOKENS = 20_000;

/** A token whose signature was verified, and what is known of its session. */
interface Known {
  readonly token: VerifiedToken;
  principal: Principal | null;
  /** Milliseconds since the epoch until which `principal` may be believed. */
  freshUntil: number;
  loading?: Promise<Principal | null>;
}

/**
 * The hot path of every request: a token that was seen answers without a signature check, a query or a promise.
 * A token is believed until it expires, what its session says for some seconds, and neither after `forget`.
 */
@Injectable()
export class TokenAuthenticator implements OnModuleInit {
  private readonly known = new LRUCache<string, Known>({ max: MAX_TOKENS });
  /** Counts `forget`s, so that what was read before one is not kept after it. */
  private epoch = 0;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly principals: PrincipalLoader,
    private readonly activity: SessionActivity,
    private readonly authentication: Authentication,
  ) {}

  onModuleInit(): void {
    this.authentication.use({
      authenticate: (credential) => this.authenticate(credential),
      forget: (subject) => this.forget(subject),
    });
  }

  private authenticate(credential: string): Principal | null | Promise<Principal | null> {
    const known = this.known.get(credential);
    if (!known) return this.verify(credential);
    const now = Date.now();
    if (now >= known.token.expiresAt) return null;
    if (now >= known.freshUntil) return (known.loading ??= this.load(known));
    this.activity.touch(known.token.sessionId);
    return known.principal;
  }

  private async verify(credential: string): Promise<Principal | null> {
    const token = await this.tokens.verify(credential);
    if (!token) return null;
    const known: Known = { token, principal: null, freshUntil: 0 };
    this.known.set(credential, known);
    return (known.loading = this.load(known));
  }

  private async load(known: Known): Promise<Principal | null> {
    const { epoch } = this;
    try {
      const { principal, freshUntil } = await this.principals.load(known.token);
      if (principal) this.activity.touch(principal.sessionId);
      if (epoch === this.epoch) Object.assign(known, { principal, freshUntil });
      return principal;
    } finally {
      if (epoch === this.epoch) known.loading = undefined;
    }
  }

  /** Rare, so a scan of the cache is good enough: a millisecond for all of it. */
  private forget(subject: AuthenticationSubject | 'everyone'): void {
    this.epoch += 1;
    for (const known of this.known.values()) {
      known.loading = undefined;
      if (subject === 'everyone' || concerns(subject, known.token)) known.freshUntil = 0;
    }
  }
}

function concerns(subject: AuthenticationSubject, token: VerifiedToken): boolean {
  if ('userId' in subject) return subject.userId === token.userId;
  if ('sessionId' in subject) return subject.sessionId === token.sessionId;
  return subject.organizationId === token.organizationId;
}

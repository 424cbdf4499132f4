import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Authentication, type AuthenticationSubject } from '../../core/auth/authentication';
import type { Principal } from '../../core/auth/principal';
import { KeyActivity } from './key-activity';
import { type FoundKey, KeyFinder } from './key-finder';
import { hashOf, PREFIX, tenantOf } from './secret';

const MAX_KEYS = 10_000;
/** What is known of a key is read anew after this time, although every change is announced. */
const BELIEVED_MS = 30_000;

interface Known extends FoundKey {
  /** Milliseconds since the epoch until which this may be believed: at the latest the end of the secret. */
  readonly freshUntil: number;
}

/**
 * API keys as bearer credentials. A key that was seen answers without a query or a promise; one that is changed or
 * revoked is forgotten at once, by every instance. What no row knows is not remembered: nobody can push others out.
 */
@Injectable()
export class ApiKeyAuthenticator implements OnModuleInit {
  private readonly known = new LRUCache<string, Known>({ max: MAX_KEYS });
  private readonly reading = new Map<string, Promise<Principal | null>>();
  /** Counts `forget`s, so that what was read before one is not kept after it. */
  private epoch = 0;

  constructor(
    private readonly authentication: Authentication,
    private readonly finder: KeyFinder,
    private readonly activity: KeyActivity,
  ) {}

  onModuleInit(): void {
    const authenticate = (secret: string) => this.authenticate(secret);
    this.authentication.use({ authenticate, forget: (subject) => this.forget(subject) }, PREFIX);
  }

  private authenticate(secret: string): Principal | null | Promise<Principal | null> {
    const known = this.known.get(secret);
    if (known && Date.now() < known.freshUntil) return this.used(known);
    const tenantId = tenantOf(secret);
    return tenantId === null ? null : (this.reading.get(secret) ?? this.read(secret, tenantId));
  }

  private read(secret: string, tenantId: string): Promise<Principal | null> {
    const reading = this.find(secret, tenantId).finally(() => {
      if (this.reading.get(secret) === reading) this.reading.delete(secret);
    });
    this.reading.set(secret, reading);
    return reading;
  }

  private async find(secret: string, tenantId: string): Promise<Principal | null> {
    const { epoch } = this;
    const until = Date.now() + BELIEVED_MS;
    const found = await this.finder.find(tenantId, hashOf(secret));
    if (!found) return null;
    if (epoch === this.epoch)
      this.known.set(secret, { ...found, freshUntil: Math.min(until, found.expiresAt) });
    return this.used(found);
  }

  private used({ principal }: FoundKey): Principal {
    this.activity.touch(principal.tenantId, principal.userId);
    return principal;
  }

  private forget(subject: AuthenticationSubject | 'everyone'): void {
    this.epoch += 1;
    this.reading.clear();
    for (const [secret, { principal }] of this.known.entries()) {
      if (subject === 'everyone' || concerns(subject, principal)) this.known.delete(secret);
    }
  }
}

/** Without organizations a user is their own tenant: what ends the user's sessions concerns their keys, too. */
function concerns(subject: AuthenticationSubject, { sessionId, tenantId }: Principal): boolean {
  if ('sessionId' in subject) return subject.sessionId === sessionId;
  return tenantId === ('organizationId' in subject ? subject.organizationId : subject.userId);
}

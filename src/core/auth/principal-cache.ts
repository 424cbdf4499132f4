import { LRUCache } from 'lru-cache';
import type { AuthenticationSubject } from './authentication';
import type { Principal } from './principal';

const MAX_CREDENTIALS = 20_000;

/** What a change of standing may concern. */
export interface Holder {
  readonly userId: string;
  readonly sessionId: string;
  readonly organizationId: string | null;
}

/** What the database says of a credential. */
export interface Loaded {
  /** Whose it is; null when there is no such thing, which is not remembered. */
  readonly holder: Holder | null;
  /** Null when the session has ended, or lets nobody in. */
  readonly principal: Principal | null;
  /** Milliseconds since the epoch until which this may be believed. */
  readonly freshUntil: number;
}

/** A credential that is not worthless by itself, and how to ask what it is worth. */
export interface Source {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  load(): Promise<Loaded>;
}

interface Known extends Loaded {
  readonly source: Source;
  loading?: Promise<Principal | null>;
}

/**
 * The hot path of every request: a credential that was seen answers without a signature check, a query or a promise.
 * A credential is believed until it expires, what its session says for some seconds, and neither after `forget`.
 */
export class PrincipalCache {
  private readonly known = new LRUCache<string, Known>({ max: MAX_CREDENTIALS });
  /** Counts `forget`s, so that what was read before one is not kept after it. */
  private epoch = 0;

  constructor(
    /** Null for what is worthless whatever the database says. */
    private readonly sourceOf: (credential: string) => Source | null | Promise<Source | null>,
    private readonly used: (principal: Principal) => void,
  ) {}

  principalOf(credential: string): Principal | null | Promise<Principal | null> {
    const known = this.known.get(credential);
    if (!known) return this.meet(credential);
    const now = Date.now();
    if (now >= known.source.expiresAt) return null;
    if (now >= known.freshUntil) return (known.loading ??= this.load(credential, known));
    if (known.principal) this.used(known.principal);
    return known.principal;
  }

  /** Rare, so a scan of the cache is good enough: a millisecond for all of it. */
  forget(subject: AuthenticationSubject | 'everyone'): void {
    this.epoch += 1;
    for (const known of this.known.values()) {
      known.loading = undefined;
      if (subject === 'everyone' || concerns(subject, known.holder)) Object.assign(known, { freshUntil: 0 });
    }
  }

  private async meet(credential: string): Promise<Principal | null> {
    const source = await this.sourceOf(credential);
    if (!source) return null;
    const known: Known = { source, holder: null, principal: null, freshUntil: 0 };
    this.known.set(credential, known);
    return (known.loading = this.load(credential, known));
  }

  private async load(credential: string, known: Known): Promise<Principal | null> {
    const { epoch } = this;
    try {
      const loaded = await known.source.load();
      if (loaded.principal) this.used(loaded.principal);
      if (!loaded.holder) this.known.delete(credential);
      else if (epoch === this.epoch) Object.assign(known, loaded);
      return loaded.principal;
    } finally {
      if (epoch === this.epoch) known.loading = undefined;
    }
  }
}

function concerns(subject: AuthenticationSubject, holder: Holder | null): boolean {
  if (!holder) return true;
  if ('userId' in subject) return subject.userId === holder.userId;
  if ('sessionId' in subject) return subject.sessionId === holder.sessionId;
  return subject.organizationId === holder.organizationId;
}

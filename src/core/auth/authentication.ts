import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { Notifications } from '../database/notifications';
import type { Principal } from './principal';

/** Whose standing changed: all sessions of a user, one session, or everybody who works in an organization. */
export type AuthenticationSubject =
  { readonly userId: string } | { readonly sessionId: string } | { readonly organizationId: string };

/** A kind of opaque credential that programs send in the place of an access token. */
export interface CredentialKind {
  /** What each begins with (`kap_`): three letters and `_`. */
  readonly prefix: string;
  /** What the API's document calls one: `an API password`. */
  readonly name: string;
}

export interface Authenticator {
  /** The principal of the credential, or null when it is worth nothing. A promise only if it must. */
  authenticate(credential: string): Principal | null | Promise<Principal | null>;
  /** Drops what was remembered of the subject. */
  forget(subject: AuthenticationSubject | 'everyone'): void;
}

const CHANGED = 'authentication_changed';

const PREFIX_LENGTH = 4;
const NOBODY: Authenticator = { authenticate: () => null, forget: () => undefined };

/** The port that modules fill with their ways to authenticate; until then every credential is refused. */
@Injectable()
export class Authentication implements OnModuleInit {
  private fallback = NOBODY;
  private forCookies = NOBODY;
  private readonly byPrefix = new Map<string, Authenticator>();
  private readonly names: string[] = [];

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
  ) {}

  onModuleInit(): void {
    // Notices are lost while the connection is down: what was remembered meanwhile cannot be trusted.
    this.notifications.on(
      CHANGED,
      (payload) => this.forget(JSON.parse(payload)),
      () => this.forget('everyone'),
    );
  }

  /** The authenticator of credentials of the kind, or of all that begin with no kind's prefix. */
  use(authenticator: Authenticator, kind?: CredentialKind): void {
    if (kind === undefined) this.fallback = authenticator;
    else if (kind.prefix.length === PREFIX_LENGTH) {
      this.byPrefix.set(kind.prefix, authenticator);
      this.names.push(kind.name);
    } else throw new Error(`The prefix "${kind.prefix}" is not of ${PREFIX_LENGTH} characters.`);
  }

  /** What programs may send in the place of an access token, as the API's document calls it. */
  programCredentials(): readonly string[] {
    return this.names;
  }

  /** The authenticator of what the session cookie holds; no header takes that, and no cookie takes anything else. */
  useForCookies(authenticator: Authenticator): void {
    this.forCookies = authenticator;
  }

  /** Whose `Authorization: Bearer` credential it is. */
  authenticate(credential: string): Principal | null | Promise<Principal | null> {
    const authenticator = this.byPrefix.get(credential.slice(0, PREFIX_LENGTH)) ?? this.fallback;
    return authenticator.authenticate(credential);
  }

  /** Whose session cookie it is. */
  authenticateCookie(token: string): Principal | null | Promise<Principal | null> {
    return this.forCookies.authenticate(token);
  }

  /**
   * Makes every instance read anew who the subject is and what it may do: at once in this one, within a second in
   * the others. Call it in the transaction that changed a session, a membership or a role; it takes effect at commit.
   */
  async invalidate(subject: AuthenticationSubject): Promise<void> {
    await this.notifications.notify(CHANGED, JSON.stringify(subject));
    this.database.afterCommit(() => this.forget(subject));
  }

  private forget(subject: AuthenticationSubject | 'everyone'): void {
    const all = [this.fallback, this.forCookies, ...this.byPrefix.values()];
    for (const authenticator of all) authenticator.forget(subject);
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { Notifications } from '../database/notifications';
import type { Principal } from './principal';

/** Whose standing changed: all sessions of a user, or one session. */
export type AuthenticationSubject = { readonly userId: string } | { readonly sessionId: string };

export interface Authenticator {
  /** The principal of an `Authorization: Bearer` credential, or null when it is worth nothing. A promise only if it must. */
  authenticate(credential: string): Principal | null | Promise<Principal | null>;
  /** Drops what was remembered of the subject. */
  forget(subject: AuthenticationSubject | 'everyone'): void;
}

const CHANGED = 'authentication_changed';

/** The port that one module fills with its way to authenticate; until then every credential is refused. */
@Injectable()
export class Authentication implements OnModuleInit {
  private authenticator: Authenticator = { authenticate: () => null, forget: () => undefined };

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
  ) {}

  onModuleInit(): void {
    // Notices are lost while the connection is down: what was remembered meanwhile cannot be trusted.
    this.notifications.on(
      CHANGED,
      (payload) => this.authenticator.forget(JSON.parse(payload)),
      () => this.authenticator.forget('everyone'),
    );
  }

  use(authenticator: Authenticator): void {
    this.authenticator = authenticator;
  }

  authenticate(credential: string): Principal | null | Promise<Principal | null> {
    return this.authenticator.authenticate(credential);
  }

  /**
   * Makes every instance read anew who the subject is and what it may do: at once in this one, within a second in
   * the others. Call it in the transaction that changed a session, a membership or a role; it takes effect at commit.
   */
  async invalidate(subject: AuthenticationSubject): Promise<void> {
    await this.notifications.notify(CHANGED, JSON.stringify(subject));
    this.database.afterCommit(() => this.authenticator.forget(subject));
  }
}

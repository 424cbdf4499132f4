/** Who is calling, as the guard established it. Immutable for the length of a request. */
export interface Principal {
  /** A user, or a program with a credential of its own. */
  readonly kind: 'user' | 'api-key';
  /** The user; of a program the id of its credential, which is nobody's id and reaches no user's rows. */
  readonly userId: string;
  /** The session that the credential belongs to; logging out ends it. Of a program its id. */
  readonly sessionId: string;
  /** The active organization, or null for a user who has chosen none. */
  readonly tenantId: string | null;
  readonly role: string | null;
  readonly permissions: ReadonlySet<string>;
  /** When the caller last proved who they are, in milliseconds since the epoch; `@RecentSignIn` asks for it. */
  readonly authenticatedAt: number;
  /** The session was opened with a second factor, or has been shown one since; of a program false. */
  readonly showedSecondFactor: boolean;
  /** The active organization wants a second factor, and this session was not shown one. */
  readonly lacksSecondFactor: boolean;
}

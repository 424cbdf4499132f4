/** Who is calling, as the guard established it. Immutable for the length of a request. */
export interface Principal {
  readonly kind: 'user' | 'api-key';
  readonly userId: string;
  /** The session that the access token belongs to; logging out ends it. */
  readonly sessionId: string;
  /** The active organization, or null for a user who has chosen none. */
  readonly tenantId: string | null;
  readonly role: string | null;
  readonly permissions: ReadonlySet<string>;
}

import { z } from 'zod';
import { id, instant } from '../../../core/http/text';

const accessToken = z.object({
  accessToken: z.string().meta({
    description: 'A JWT (RFC 9068) for `Authorization: Bearer`.',
    examples: ['eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2ln'],
  }),
  tokenType: z.literal('Bearer'),
  expiresIn: z.int().meta({ description: 'Seconds that the access token lives.', examples: [900] }),
});

export const accessGrant = accessToken.meta({ id: 'AccessGrant', description: 'A new access token.' });

export const tokenPair = accessToken
  .extend({
    refreshToken: z.string().meta({
      description: 'Buys the next pair at POST /v1/auth/refresh. Works once; a second use ends the session.',
      examples: ['krt_RmFpciB3aW5kcyBhbmQgZm9sbG93aW5nIHNlYXM'],
    }),
    refreshExpiresIn: z.int().meta({
      description: 'Seconds until the session ends if it is not refreshed.',
      examples: [1_209_600],
    }),
  })
  .meta({ id: 'TokenPair', description: 'An access token, and the refresh token that buys the next pair.' });

export const refreshRequest = z
  .strictObject({ refreshToken: z.string().min(1).max(200) })
  .meta({ id: 'RefreshRequest' });

export const organizationChoice = z
  .strictObject({ organizationId: id() })
  .meta({ id: 'OrganizationChoice', description: 'An organization that the caller belongs to.' });

export const sessionPath = z.strictObject({ id: id() });

export const sessionSummary = z
  .object({
    id: id(),
    current: z.boolean().meta({ description: 'Whether this request belongs to the session.' }),
    userAgent: z
      .string()
      .nullable()
      .meta({ examples: ['Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0'] }),
    organizationId: id().nullable().meta({ description: 'The active organization.' }),
    createdAt: instant(),
    lastUsedAt: instant().meta({ description: 'Right to about a minute.' }),
    expiresAt: instant().meta({ description: 'When the session ends at the latest.' }),
  })
  .meta({ id: 'Session', description: 'One log-in of the caller.' });

export const sessionList = z.object({ items: z.array(sessionSummary), nextCursor: z.null() }).meta({
  id: 'SessionList',
  description: 'The open sessions of the caller, the last used first; 100 at most.',
});

export type RefreshRequest = z.output<typeof refreshRequest>;
export type OrganizationChoice = z.output<typeof organizationChoice>;
export type SessionPath = z.output<typeof sessionPath>;

import { z } from 'zod';
import { id, instant } from '../../../core/http/text';
import { METHODS } from '../sign-in/sign-in';

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
      description:
        'Buys the next pair at POST /v1/auth/refresh. Works once: shown again later, it ends the session.',
      examples: ['krt_RmFpciB3aW5kcyBhbmQgZm9sbG93aW5nIHNlYXM'],
    }),
    refreshExpiresIn: z.int().meta({
      description: 'Seconds until the session ends if it is not refreshed.',
      examples: [1_209_600],
    }),
  })
  .meta({ id: 'TokenPair', description: 'An access token, and the refresh token that buys the next pair.' });

const cookieGrant = z
  .object({
    tokenType: z.literal('Cookie'),
    expiresIn: z.int().meta({
      description: 'Seconds until the session ends if it is not used.',
      examples: [1_209_600],
    }),
  })
  .meta({
    id: 'CookieGrant',
    description: 'The session is in a cookie that no script can read: the browser sends it by itself.',
  });

/** What every way to sign in answers. */
export const signInAnswer = z.discriminatedUnion('tokenType', [tokenPair, cookieGrant]).meta({
  id: 'SignInAnswer',
  description: 'Tokens, or, for `"transport": "cookie"`, a cookie.',
});

export const organizationGrant = z.discriminatedUnion('tokenType', [accessGrant, cookieGrant]).meta({
  id: 'OrganizationGrant',
  description: 'A new access token; with a cookie nothing is needed, it goes on with the new organization.',
});

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
    device: z
      .string()
      .nullable()
      .meta({
        description: 'What the client called itself when it signed in, made readable.',
        examples: ['Firefox on Linux'],
      }),
    userAgent: z
      .string()
      .nullable()
      .meta({ examples: ['Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0'] }),
    network: z
      .string()
      .nullable()
      .meta({
        description: 'From where it was opened: an IPv4 address, or the /64 of an IPv6 address.',
        examples: ['192.0.2.7', '2001:db8:1:2::/64'],
      }),
    transport: z.enum(['token', 'cookie']).meta({ description: 'What proves it: tokens, or a cookie.' }),
    methods: z.array(z.enum(METHODS)).meta({
      description: 'How its owner proved who they are.',
      examples: [['password', 'totp']],
    }),
    authenticatedAt: instant().meta({ description: 'When they last did so.' }),
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
export type AccessGrant = z.output<typeof accessGrant>;
export type TokenPair = z.output<typeof tokenPair>;
export type CookieGrant = z.output<typeof cookieGrant>;
export type SignInAnswer = z.output<typeof signInAnswer>;
export type OrganizationGrant = z.output<typeof organizationGrant>;

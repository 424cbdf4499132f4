import { z } from 'zod';
import { id, instant, text } from '../../core/http/text';
import { defineList } from '../../core/lists/list';
import { securityEventTypes } from '../../core/security-events/security-events';

/** Read when the OpenAPI document is made: by then every module has declared its events. */
const typeFacts = {
  get description() {
    const known = securityEventTypes().map(({ name, description }) => `- \`${name}\`: ${description}`);
    return ['What happened; there will be more. Until now:', ...known].join('\n');
  },
  examples: ['auth.signed_in'],
};

const fields = {
  id: id(),
  type: z
    .string()
    .max(100)
    .regex(/^[\w.-]+$/, 'is not the name of an event')
    .meta(typeFacts),
  description: z
    .string()
    .nullable()
    .describe('What it means, for a person to read; null for a type that there is no more.')
    .meta({ examples: ['You signed in.'] }),
  actorKind: z.enum(['user', 'api-key']).nullable().describe('Who did it; null when nobody was signed in.'),
  actorId: id().nullable().describe('The id of that user or program.'),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .describe('Names and ids that tell more; which depends on the type.')
    .meta({ examples: [{ methods: 'password totp' }] }),
  createdAt: instant(),
};

export const SecurityEventView = z
  .object({
    ...fields,
    organizationId: id()
      .nullable()
      .describe('The organization that it concerns, whose administrators see it, too.'),
    sessionId: id().nullable().describe('The session in which it was done: see `GET /v1/me/sessions`.'),
    address: z
      .string()
      .nullable()
      .describe('The IP address that it came from.')
      .meta({ examples: ['192.0.2.7'] }),
    userAgent: text(200, 0)
      .nullable()
      .describe('What the client said it is.')
      .meta({ examples: ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'] }),
    device: z
      .string()
      .nullable()
      .describe('The same in words, as far as it can be told.')
      .meta({ examples: ['Firefox on Linux'] }),
  })
  .meta({ id: 'SecurityEvent' });

export const OrganizationSecurityEventView = z
  .object({ ...fields, userId: id().nullable().describe('The user whom it concerns.') })
  .meta({ id: 'OrganizationSecurityEvent' });

const sorts = ['createdAt'] as const;

/** What concerns one user, by `userId`. */
export const securityEventList = defineList({
  item: SecurityEventView,
  table: 'security_events',
  filters: { type: ['eq', 'in'], createdAt: ['gte', 'lt'] },
  sorts,
  filled: ['description', 'device'],
});

/** What concerns one organization, by `tenantId`. */
export const organizationSecurityEventList = defineList({
  item: OrganizationSecurityEventView,
  table: 'organization_security_events',
  filters: { type: ['eq', 'in'], userId: ['eq'], createdAt: ['gte', 'lt'] },
  sorts,
  filled: ['description'],
});

export const OrganizationPath = z.strictObject({ id: id() });
export type OrganizationPath = z.output<typeof OrganizationPath>;

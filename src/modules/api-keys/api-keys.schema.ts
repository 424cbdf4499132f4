import { z } from 'zod';
import { id, instant, text } from '../../core/http/text';
import { defineList } from '../../core/lists/list';

const fields = {
  name: text(120)
    .describe('What or who uses it.')
    .meta({ examples: ['Warehouse import'] }),
  scopes: z
    .array(text(100))
    .min(1)
    .max(100)
    .refine((scopes) => new Set(scopes).size === scopes.length, 'names something twice')
    .describe('The permissions that it has; you must have them yourself.')
    .meta({ examples: [['health:read']] }),
};

const expiresAt = instant()
  .optional()
  .describe('When the new secret ends; 90 days from now when it is left out, a year from now at the latest.')
  .meta({ examples: [undefined] });

export const ApiKeyInput = z.strictObject({ ...fields, expiresAt }).meta({ id: 'ApiKeyInput' });
export type ApiKeyInput = z.output<typeof ApiKeyInput>;

export const ApiKeyChanges = z
  .strictObject(fields)
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'ApiKeyChanges' });
export type ApiKeyChanges = z.output<typeof ApiKeyChanges>;

export const ApiKeyRotation = z
  .strictObject({
    overlapHours: z
      .int()
      .min(0)
      .max(168)
      .default(24)
      .describe('How long the secret until now goes on working, in hours; 0 ends it at once.'),
    expiresAt,
  })
  .meta({ id: 'ApiKeyRotation' });
export type ApiKeyRotation = z.output<typeof ApiKeyRotation>;

export const ApiKeyView = z
  .object({
    id: id(),
    name: fields.name,
    scopes: z
      .array(z.string())
      .describe('The permissions that it was given.')
      .meta({
        examples: [['health:read']],
      }),
    hint: z
      .string()
      .describe('How the secret begins and ends.')
      .meta({ examples: ['kak_…x7Yz'] }),
    expiresAt: instant().describe('When the secret ends.'),
    previousSecretExpiresAt: instant()
      .nullable()
      .describe('Until when the secret before the last rotation works; null when there is none.'),
    lastUsedAt: instant()
      .nullable()
      .describe('Right to about a minute; null before the first use. It does not change the `ETag`.'),
    createdBy: id().nullable().describe('The user who made it; null when the account is gone.'),
    createdAt: instant(),
    updatedAt: instant(),
  })
  .meta({ id: 'ApiKey' });

export const NewApiKeyView = ApiKeyView.extend({
  secret: z
    .string()
    .describe('For `Authorization: Bearer`. Shown this once: only its hash is kept.')
    .meta({ examples: ['kak_AZqMDgAAcACAAAAAAAAAAA…'] }),
}).meta({ id: 'NewApiKey' });

export const ApiKeyPath = z.strictObject({ id: id() });
export type ApiKeyPath = z.output<typeof ApiKeyPath>;

/** An organization has few of them (API_KEYS_PER_ORGANIZATION), so one index serves every sort and filter. */
export const apiKeyList = defineList({
  item: ApiKeyView,
  table: 'api_keys',
  filters: {
    name: ['eq', 'like'],
    scopes: ['eq'],
    createdBy: ['eq'],
    expiresAt: ['gte', 'lt'],
  },
  sorts: ['createdAt', 'name', 'expiresAt'],
});

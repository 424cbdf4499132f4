import { z } from 'zod';
import { email, id, instant, text } from '../../core/http/text';

/** The name by which a person wants to be shown. */
export const personName = () =>
  text(100).meta({ description: 'How the person wants to be called.', examples: ['Ada Lovelace'] });

export const me = z
  .object({
    id: id(),
    email: email(),
    name: personName(),
    emailVerified: z.boolean().meta({ description: 'Whether the owner confirmed the address.' }),
    createdAt: instant(),
    updatedAt: instant(),
  })
  .meta({ id: 'Me', description: 'The account of the caller.' });

export const meChanges = z
  .strictObject({ name: personName().optional() })
  .meta({ id: 'MeChanges', description: 'What to change; what is left out stays.' });

export type MeChanges = z.output<typeof meChanges>;

export const myPermissions = z
  .object({
    organizationId: id().nullable().meta({ description: 'The active organization, if one is chosen.' }),
    role: z
      .string()
      .nullable()
      .meta({ description: 'Role in the active organization.', examples: ['editor'] }),
    permissions: z.array(z.string()).meta({
      description: 'What the role allows, in alphabetical order.',
      examples: [['health:read']],
    }),
  })
  .meta({ id: 'MyPermissions', description: 'What the caller may do in the active organization.' });

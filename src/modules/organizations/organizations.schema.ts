import { z } from 'zod';
import { id, instant, text } from '../../core/http/text';
import { defineList } from '../../core/lists/list';

const fields = {
  name: text(120)
    .describe('How people call it.')
    .meta({ examples: ['Harbour Goods'] }),
  slug: z
    .string()
    .min(3)
    .max(60)
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'is not lower-case letters and digits with single hyphens between')
    .describe('Its name in addresses; no two organizations have the same.')
    .meta({ examples: ['harbour-goods'] }),
};

export const ROLE_NAME_LENGTH = 50;

export const roleName = () =>
  text(ROLE_NAME_LENGTH)
    .describe(
      'The name of a role: `owner`, `admin`, `editor`, `viewer`, or one that the organization defined.',
    )
    .meta({ examples: ['editor'] });

const requiresSecondFactor = z
  .boolean()
  .describe(
    'Whether members come in only with a second factor; others get `second_factor_required`. Owners decide on it, ' +
      'signed in with one themselves. Programs are not concerned.',
  )
  .meta({ examples: [false] });

export const OrganizationInput = z
  .strictObject({
    ...fields,
    slug: fields.slug.optional().describe('Its name in addresses; made from the name when it is left out.'),
  })
  .meta({ id: 'OrganizationInput' });
export type OrganizationInput = z.output<typeof OrganizationInput>;

export const OrganizationChanges = z
  .strictObject({ ...fields, requiresSecondFactor })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'OrganizationChanges' });
export type OrganizationChanges = z.output<typeof OrganizationChanges>;

export const OrganizationView = z
  .object({ id: id(), ...fields, requiresSecondFactor, createdAt: instant(), updatedAt: instant() })
  .meta({ id: 'Organization' });

export const OwnOrganizationView = OrganizationView.extend({
  role: roleName().describe('What the caller is in it.'),
}).meta({ id: 'OwnOrganization' });

export const OrganizationPath = z.strictObject({ id: id() });
export type OrganizationPath = z.output<typeof OrganizationPath>;

/** The organizations of one user, by `userId`. */
export const ownOrganizationList = defineList({
  item: OwnOrganizationView,
  table: `(
    select o.id, o.name, o.slug, o.requires_second_factor, o.created_at, o.updated_at, o.version, m.user_id, m.role
    from organizations o join memberships m on m.tenant_id = o.id) as own_organizations`,
  filters: { role: ['eq', 'in'], name: ['like'], slug: ['eq'] },
  sorts: ['createdAt', 'name'],
});

export const organizationItem = defineList({
  item: OrganizationView,
  table: 'organizations',
  filters: {},
  sorts: ['createdAt'],
});

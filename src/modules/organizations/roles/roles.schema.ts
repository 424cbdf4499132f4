import { z } from 'zod';
import { id, instant, text } from '../../../core/http/text';
import { ROLE_NAME_LENGTH } from '../organizations.schema';

const MAX_PERMISSIONS = 200;

const fields = {
  name: text(ROLE_NAME_LENGTH)
    // Names stand in mails and in filters: no addresses, no line breaks, no commas.
    .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} .&()'’_/-]*$/u, "is not letters, digits, spaces and .&()'_/-")
    .describe('How people call it; unlike every other role of the organization, in whatever case.')
    .meta({ examples: ['Stock keeper'] }),
  description: text(500, 0)
    .describe('What it is for.')
    .meta({ examples: ['Keeps the shelves full.'] }),
  permissions: z
    .array(z.string().min(1).max(100))
    .max(MAX_PERMISSIONS)
    .refine((names) => new Set(names).size === names.length, 'names something twice')
    .describe('What it allows; the role `owner` in the list of roles shows every permission there is.')
    .meta({ examples: [['members:read', 'members:write']] }),
};

export const RoleInput = z
  .strictObject({ ...fields, description: fields.description.default('') })
  .meta({ id: 'RoleInput' });
export type RoleInput = z.output<typeof RoleInput>;

export const RoleChanges = z
  .strictObject(fields)
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'RoleChanges' });
export type RoleChanges = z.output<typeof RoleChanges>;

export const RolePath = z.strictObject({ id: id(), roleId: id() });
export type RolePath = z.output<typeof RolePath>;

const PermissionView = z.object({
  name: z.string().meta({ examples: ['members:write'] }),
  description: z
    .string()
    .nullable()
    .describe('Null when nothing here knows the permission (any more): it allows nothing.')
    .meta({ examples: ['Invite, change and remove members.'] }),
});

export const RoleView = z
  .object({
    id: id().nullable().describe('Null of a built-in role.'),
    name: z.string().meta({ examples: ['editor'] }),
    description: z.string(),
    builtIn: z.boolean().describe('Built-in roles cannot be changed.'),
    permissions: z.array(PermissionView),
    createdAt: instant().nullable(),
    updatedAt: instant().nullable(),
  })
  .meta({ id: 'Role' });

export const RoleList = z
  .object({
    items: z.array(RoleView).describe('Built-in ones first, each of which may do what those after it may.'),
    nextCursor: z.null().describe('There is always one page.'),
  })
  .meta({ id: 'RoleList' });

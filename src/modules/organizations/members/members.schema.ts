import { z } from 'zod';
import { email, id, instant, text } from '../../../core/http/text';
import { defineList } from '../../../core/lists/list';
import { roleName } from '../organizations.schema';

export const MemberChanges = z.strictObject({ role: roleName() }).meta({ id: 'MemberChanges' });
export type MemberChanges = z.output<typeof MemberChanges>;

export const MemberView = z
  .object({
    id: id().describe('The id of the user.'),
    name: text(100).meta({ examples: ['Ada Lovelace'] }),
    email: email(),
    role: roleName(),
    createdAt: instant().describe('Since when the user belongs to the organization.'),
    updatedAt: instant().describe('When the role was last given.'),
  })
  .meta({ id: 'Member' });

export const MemberPath = z.strictObject({ id: id(), userId: id() });
export type MemberPath = z.output<typeof MemberPath>;

/** The members of one organization, by `tenantId`. The account's part of a member changes the version, too. */
export const memberList = defineList({
  item: MemberView,
  table: `(
    select m.tenant_id, m.user_id as id, u.name, u.email, m.role, m.created_at, m.updated_at,
      m.version + u.version as version
    from memberships m join users u on u.id = m.user_id) as members`,
  filters: { role: ['eq', 'in'], name: ['like'], email: ['eq', 'like'] },
  sorts: ['createdAt', 'name'],
});

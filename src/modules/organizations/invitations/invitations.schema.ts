import { z } from 'zod';
import { email, id, instant } from '../../../core/http/text';
import { defineList } from '../../../core/lists/list';
import { roleName } from '../organizations.schema';

export const InvitationInput = z
  .strictObject({ email: email(), role: roleName().default('viewer') })
  .meta({ id: 'InvitationInput' });
export type InvitationInput = z.output<typeof InvitationInput>;

export const InvitationView = z
  .object({
    id: id(),
    email: email(),
    role: roleName().describe('What the person will be.'),
    invitedBy: id().describe('The id of the user who invited.'),
    expiresAt: instant(),
    createdAt: instant(),
  })
  .meta({ id: 'Invitation' });

export const InvitationPath = z.strictObject({ id: id(), invitationId: id() });
export type InvitationPath = z.output<typeof InvitationPath>;

export const InvitationAcceptance = z
  .strictObject({ token: z.string().min(1).max(200).describe('The token in the mail.') })
  .meta({ id: 'InvitationAcceptance' });
export type InvitationAcceptance = z.output<typeof InvitationAcceptance>;

/** The open invitations of one organization, by `tenantId`. They do not change, so they stay at one version. */
export const invitationList = defineList({
  item: InvitationView,
  table: `(
    select id, tenant_id, email, role, invited_by, expires_at, created_at, 1 as version
    from invitations where accepted_at is null and expires_at > now()) as open_invitations`,
  filters: { email: ['eq', 'like'], role: ['eq', 'in'] },
  sorts: ['createdAt', 'email'],
});

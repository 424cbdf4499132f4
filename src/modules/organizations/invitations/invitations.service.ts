import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import type { Member } from '../../../core/auth/caller';
import { Database } from '../../../core/database/database';
import { tellConstraint } from '../../../core/http/constraint-problems';
import { defineProblem } from '../../../core/http/problem';
import type { ItemQuery, ListQuery } from '../../../core/lists/list';
import { Lists } from '../../../core/lists/lists';
import { activeOrganization } from '../../../core/tenancy/active-organization';
import { AlreadyMember } from './acceptance.service';
import { Authority } from '../authority';
import { Invitation } from './invitation.entity';
import { InvitationMail } from './invitation-mail';
import { hashOf, newInvitationToken } from './invitation-token';
import { type InvitationInput, invitationList, type InvitationPath } from './invitations.schema';

export const InvitationNotFound = defineProblem(
  'not-found',
  'invitation_not_found',
  'There is no such open invitation',
  'It may have been accepted, revoked, or have expired.',
);
export const AlreadyInvited = defineProblem(
  'conflict',
  'already_invited',
  'The address has an open invitation',
  'Wait until it is accepted, or revoke it and invite again.',
);
tellConstraint('invitations_tenant_id_email_idx', AlreadyInvited);

@Injectable()
export class InvitationsService {
  constructor(
    private readonly database: Database,
    private readonly lists: Lists,
    private readonly authority: Authority,
    private readonly mail: InvitationMail,
  ) {}

  async list(viewer: Member, id: string, query: ListQuery) {
    return this.lists.page(invitationList, { tenantId: activeOrganization(viewer, id) }, query);
  }

  async get(viewer: Member, { id, invitationId }: InvitationPath, query: ItemQuery = { expand: [] }) {
    const fixed = { tenantId: activeOrganization(viewer, id), id: invitationId };
    const invitation = await this.lists.find(invitationList, fixed, query);
    if (!invitation) throw InvitationNotFound();
    return invitation;
  }

  /** Nobody can invite to a role above their own. The token leaves by mail and is nowhere else. */
  create(inviter: Member, id: string, { email, role }: InvitationInput) {
    return this.database.transaction(async () => {
      const tenantId = activeOrganization(inviter, id);
      await this.authority.assertMayGrant(inviter, role);
      if (await this.isMember(tenantId, email)) throw AlreadyMember();
      await this.sweep(tenantId);
      const token = newInvitationToken(tenantId);
      const invitation = this.database.manager.create(Invitation, {
        tenantId,
        email,
        role,
        tokenHash: hashOf(token),
        invitedBy: inviter.userId,
        expiresAt: new Date(Date.now() + this.mail.lifetimeDays * 86_400_000),
      });
      await this.database.manager.insert(Invitation, invitation);
      await this.mail.send(invitation, token);
      return this.get(inviter, { id, invitationId: invitation.id });
    });
  }

  async revoke(manager: Member, { id, invitationId }: InvitationPath): Promise<void> {
    const tenantId = activeOrganization(manager, id);
    const open = { tenantId, id: invitationId, acceptedAt: IsNull() };
    const { affected } = await this.database.manager.delete(Invitation, open);
    if (!affected) throw InvitationNotFound();
  }

  private async isMember(tenantId: string, email: string): Promise<boolean> {
    const rows = await this.database.rows(
      'select from memberships m join users u on u.id = m.user_id where m.tenant_id = $1 and u.email = $2',
      [tenantId, email],
    );
    return rows.length > 0;
  }

  /** What expired goes when the next is made: it makes room for the address, and no address is kept for nothing. */
  private async sweep(tenantId: string): Promise<void> {
    await this.database.manager.query(
      'delete from invitations where tenant_id = $1 and accepted_at is null and expires_at <= now()',
      [tenantId],
    );
  }
}

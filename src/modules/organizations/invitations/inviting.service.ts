import { Injectable } from '@nestjs/common';
import type { Member } from '../../../core/auth/caller';
import { Database } from '../../../core/database/database';
import { tellConstraint } from '../../../core/http/constraint-problems';
import { defineProblem } from '../../../core/http/problem';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { activeOrganization } from '../../../core/tenancy/active-organization';
import { Authority } from '../authority';
import { AlreadyMember } from './acceptance.service';
import { Invitation } from './invitation.entity';
import { InvitationMail } from './invitation-mail';
import { hashOf, newInvitationToken } from './invitation-token';
import type { InvitationInput } from './invitations.schema';

export const AlreadyInvited = defineProblem(
  'conflict',
  'already_invited',
  'The address has an open invitation',
  'Wait until it is accepted, or revoke it and invite again.',
);
tellConstraint('invitations_tenant_id_email_idx', AlreadyInvited);

const invited = defineSecurityEvent(
  'organizations.member_invited',
  'Somebody was invited to the organization.',
);

@Injectable()
export class InvitingService {
  constructor(
    private readonly database: Database,
    private readonly authority: Authority,
    private readonly mail: InvitationMail,
    private readonly ledger: SecurityEvents,
  ) {}

  /** Nobody can invite to a role that may more than their own. The token leaves by mail and is nowhere else. */
  create(inviter: Member, id: string, { email, role: name }: InvitationInput) {
    return this.database.transaction(async () => {
      const tenantId = activeOrganization(inviter, id);
      const { role, customRoleId } = await this.authority.grantable(inviter, name);
      if (await this.isMember(tenantId, email)) throw AlreadyMember();
      await this.sweep(tenantId);
      const token = newInvitationToken(tenantId);
      const invitation = this.database.manager.create(Invitation, {
        tenantId,
        email,
        role,
        customRoleId,
        tokenHash: hashOf(token),
        invitedBy: inviter.userId,
        expiresAt: new Date(Date.now() + this.mail.lifetimeDays * 86_400_000),
      });
      await this.database.manager.insert(Invitation, invitation);
      await this.mail.send(invitation, token);
      await this.ledger.record(invited, { tenantId, details: { email, role } });
      // As read by the list: an invitation stays at one version.
      return Object.assign(invitation, { version: 1 });
    });
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

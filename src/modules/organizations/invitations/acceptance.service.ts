import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../core/auth/principal';
import { Database } from '../../../core/database/database';
import { tellConstraint } from '../../../core/http/constraint-problems';
import { defineProblem } from '../../../core/http/problem';
import { Lists } from '../../../core/lists/lists';
import { UsersService } from '../../users/users.service';
import { Membership } from '../membership.entity';
import { MembershipNews } from '../members/membership-news';
import { ownOrganizationList } from '../organizations.schema';
import type { HeldRole } from '../roles/known-roles';
import { hashOf, tenantOf } from './invitation-token';

export const InvitationNotUsable = defineProblem(
  'invalid',
  'invitation_not_usable',
  'This invitation was used, revoked, has expired, or was never given out',
  'Ask whoever invited you for a new one.',
);
export const InvitationForAnother = defineProblem(
  'forbidden',
  'invitation_for_another_address',
  'This invitation is for another e-mail address',
  'Sign in with the account of the address that the invitation was sent to.',
);
export const AlreadyMember = defineProblem(
  'conflict',
  'already_member',
  'The person belongs to the organization already',
  'Change the role of the member instead.',
);
tellConstraint('memberships_pkey', AlreadyMember);

/** Takes the invitation; of two at once one finds it open. What the caller then turns out not to be undoes it. */
const TAKE = `
  update invitations set accepted_at = now()
  where tenant_id = $1 and token_hash = $2 and accepted_at is null and expires_at > now()
  returning email, role, custom_role_id as "customRoleId"`;

/** Before the invitation: in the order of those who change members, who would wait for each other else. */
const STAND_IN_LINE = 'select from organizations where id = $1 for key share';

@Injectable()
export class AcceptanceService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly lists: Lists,
    private readonly news: MembershipNews,
  ) {}

  /** Makes the invitee a member, if the invitation is for the verified address of their account. */
  async accept({ userId }: Principal, token: string) {
    const tenantId = tenantOf(token);
    if (!tenantId) throw InvitationNotUsable();
    return this.database.transaction(() =>
      this.database.within({ tenantId, userId }, () => this.join(tenantId, userId, token)),
    );
  }

  private async join(tenantId: string, userId: string, token: string) {
    const { role, customRoleId } = await this.take(tenantId, userId, token);
    await this.database.manager.insert(Membership, { tenantId, userId, role, customRoleId });
    await this.news.added({ tenantId, userId, role });
    return this.lists.find(ownOrganizationList, { userId, id: tenantId }, { expand: [] });
  }

  private async take(tenantId: string, userId: string, token: string): Promise<HeldRole> {
    const { email, emailVerifiedAt } = await this.users.get(userId);
    await this.database.manager.query(STAND_IN_LINE, [tenantId]);
    const [rows] = await this.database.manager.query(TAKE, [tenantId, hashOf(token)]);
    const [invitation] = rows;
    if (!invitation) throw InvitationNotUsable();
    if (!emailVerifiedAt || invitation.email !== email) throw InvitationForAnother();
    return invitation;
  }
}

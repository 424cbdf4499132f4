import { Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import type { Member } from '../../../core/auth/caller';
import { type Role, ROLES } from '../../../core/auth/permissions';
import { Database } from '../../../core/database/database';
import { tellConstraint } from '../../../core/http/constraint-problems';
import { assertVersion, type ExpectedVersions } from '../../../core/http/etag';
import { defineProblem } from '../../../core/http/problem';
import type { ItemQuery, ListQuery } from '../../../core/lists/list';
import { Lists } from '../../../core/lists/lists';
import { activeOrganization } from '../../../core/tenancy/active-organization';
import { Authority, MemberNotFound } from '../authority';
import { Invitation } from '../invitations/invitation.entity';
import { Membership } from '../membership.entity';
import { MembershipNews } from './membership-news';
import { memberList, type MemberPath } from './members.schema';

export const LastOwner = defineProblem(
  'conflict',
  'last_owner',
  'The organization would be left without an owner',
  'Make another member an owner first, or remove the organization.',
);
tellConstraint('memberships_last_owner', LastOwner);

@Injectable()
export class MembersService {
  constructor(
    private readonly database: Database,
    private readonly lists: Lists,
    private readonly authority: Authority,
    private readonly news: MembershipNews,
  ) {}

  async list(viewer: Member, id: string, query: ListQuery) {
    return this.lists.page(memberList, { tenantId: activeOrganization(viewer, id) }, query);
  }

  async get(viewer: Member, { id, userId }: MemberPath, query: ItemQuery = { expand: [] }) {
    const fixed = { tenantId: activeOrganization(viewer, id), id: userId };
    const member = await this.lists.find(memberList, fixed, query);
    if (!member) throw MemberNotFound();
    return member;
  }

  /** Takes effect for the running sessions of the member, too. The last owner stays one: the database sees to it. */
  changeRole(manager: Member, path: MemberPath, role: Role, expected: ExpectedVersions) {
    return this.database.transaction(async () => {
      activeOrganization(manager, path.id);
      const membership = await this.authority.over(manager, path.userId);
      const { tenantId, userId } = membership;
      await this.authority.assertMayGrant(manager, role);
      assertVersion((await this.get(manager, path)).version, expected);
      if (membership.role !== role) {
        await this.database.manager.update(Membership, { tenantId, userId }, { role });
        await this.withdrawInvitations(membership, this.authority.reachOf(role));
        await this.news.roleChanged({ tenantId, userId, role }, membership.role);
      }
      return this.get(manager, path);
    });
  }

  remove(manager: Member, { id, userId }: MemberPath): Promise<void> {
    return this.database.transaction(async () => {
      activeOrganization(manager, id);
      await this.end(await this.authority.over(manager, userId));
    });
  }

  leave(member: Member, id: string): Promise<void> {
    return this.database.transaction(async () => {
      activeOrganization(member, id);
      await this.end(await this.authority.own(member));
    });
  }

  private async end(membership: Membership): Promise<void> {
    const { tenantId, userId } = membership;
    await this.database.manager.delete(Membership, { tenantId, userId });
    await this.withdrawInvitations(membership, []);
    await this.news.removed(membership);
  }

  /** Nobody comes in any more on the word of somebody who may not give it (any more). */
  private async withdrawInvitations({ tenantId, userId }: Membership, reach: readonly Role[]): Promise<void> {
    const role = In(ROLES.filter((one) => !reach.includes(one)));
    await this.database.manager.delete(Invitation, {
      tenantId,
      invitedBy: userId,
      role,
      acceptedAt: IsNull(),
    });
  }
}

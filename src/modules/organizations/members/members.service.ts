import { Injectable } from '@nestjs/common';
import type { Member } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { Database } from '../../../core/database/database';
import { tellConstraint } from '../../../core/http/constraint-problems';
import { assertVersion, type ExpectedVersions } from '../../../core/http/etag';
import { defineProblem } from '../../../core/http/problem';
import type { ItemQuery, ListQuery } from '../../../core/lists/list';
import { Lists } from '../../../core/lists/lists';
import { activeOrganization } from '../../../core/tenancy/active-organization';
import { Authority, MemberNotFound, type Standing } from '../authority';
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
  changeRole(manager: Member, path: MemberPath, name: string, expected: ExpectedVersions) {
    return this.database.transaction(async () => {
      activeOrganization(manager, path.id);
      const member = await this.authority.over(manager, path.userId);
      const { role, customRoleId } = await this.authority.grantable(manager, name);
      assertVersion((await this.get(manager, path)).version, expected);
      if (member.role !== role) {
        const { tenantId, userId } = member;
        await this.database.manager.update(Membership, { tenantId, userId }, { role, customRoleId });
        await this.authority.withdrawInvitations(tenantId);
        await this.news.roleChanged({ tenantId, userId, role }, member.role);
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

  leave(member: Principal, id: string): Promise<void> {
    return this.database.transaction(async () => {
      const tenantId = activeOrganization(member, id);
      await this.end(await this.authority.own({ ...member, tenantId }));
    });
  }

  private async end(member: Standing): Promise<void> {
    const { tenantId, userId } = member;
    await this.database.manager.delete(Membership, { tenantId, userId });
    await this.authority.withdrawInvitations(tenantId);
    await this.news.removed(member);
  }
}

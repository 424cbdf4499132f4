import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { Member } from '../../core/auth/caller';
import { Permissions, type Role, ROLES } from '../../core/auth/permissions';
import { PermissionDenied } from '../../core/auth/problems';
import { Database } from '../../core/database/database';
import { defineProblem } from '../../core/http/problem';
import { Membership } from './membership.entity';

export const MemberNotFound = defineProblem(
  'not-found',
  'member_not_found',
  'There is no such member',
  'Check the id of the user; GET the members of the organization to see who belongs to it.',
);
export const RoleAboveYours = defineProblem(
  'forbidden',
  'role_above_yours',
  'This takes a higher role than yours',
  'Ask somebody whose role is at least as high as the one that is given or touched.',
);

const PERMISSION = 'members:write';

/**
 * Whether somebody may have a hand in a role. It asks the membership rows and locks them until the transaction ends,
 * so that what it answered is still true when the change is committed; the token may be a moment behind.
 */
@Injectable()
export class Authority {
  constructor(
    private readonly database: Database,
    private readonly permissions: Permissions,
  ) {}

  /** @throws Problem permission_denied or role_above_yours unless the caller may give the role to others */
  async assertMayGrant(caller: Member, role: Role): Promise<void> {
    const [own] = await this.lock(caller.tenantId, [caller.userId]);
    this.assertReaches(own, role);
  }

  /** The membership of `userId`, if the caller may change it. @throws Problem member_not_found or as above */
  async over(caller: Member, userId: string): Promise<Membership> {
    const rows = await this.lock(caller.tenantId, [caller.userId, userId]);
    const own = rows.find((row) => row.userId === caller.userId);
    const target = rows.find((row) => row.userId === userId.toLowerCase());
    if (!target) throw MemberNotFound();
    this.assertReaches(own, target.role);
    return target;
  }

  /** @throws Problem member_not_found */
  async own({ tenantId, userId }: Member): Promise<Membership> {
    const [own] = await this.lock(tenantId, [userId]);
    if (!own) throw MemberNotFound();
    return own;
  }

  /** The roles in which a member with this role may have a hand. */
  reachOf(role: Role | undefined): readonly Role[] {
    return role && this.permissions.of(role).has(PERMISSION) ? ROLES.slice(ROLES.indexOf(role)) : [];
  }

  private assertReaches(own: Membership | undefined, role: Role): void {
    const reach = this.reachOf(own?.role);
    if (reach.length === 0) throw PermissionDenied({ extensions: { permission: PERMISSION } });
    if (!reach.includes(role)) throw RoleAboveYours();
  }

  /** In one order for everybody, so that two who change each other take turns and do not block each other. */
  private lock(tenantId: string, userIds: string[]): Promise<Membership[]> {
    return this.database.manager.find(Membership, {
      where: { tenantId, userId: In(userIds) },
      order: { userId: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }
}

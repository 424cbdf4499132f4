import { Injectable } from '@nestjs/common';
import type { Member } from '../../core/auth/caller';
import { PermissionDenied } from '../../core/auth/problems';
import { Database } from '../../core/database/database';
import { defineProblem } from '../../core/http/problem';
import { KnownRoles, type WeighedRole } from './roles/known-roles';

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
  'Ask somebody who may do all that the role allows that is given or touched; `permissions` names what you lack.',
);

/** A member with what the role allows. */
export interface Standing extends WeighedRole {
  readonly tenantId: string;
  readonly userId: string;
}

export const MANAGES_MEMBERS = 'members:write';

const STANDINGS = `
  select m.user_id as "userId", m.role, m.custom_role_id as "customRoleId", r.permissions
  from memberships m left join custom_roles r on r.tenant_id = m.tenant_id and r.id = m.custom_role_id
  where m.tenant_id = $1 and m.user_id = any($2)`;

/** Who invited to what, once for each pair. */
const WORDS = `
  select distinct i.invited_by as "invitedBy", i.role, i.custom_role_id as "customRoleId", r.permissions
  from invitations i left join custom_roles r on r.tenant_id = i.tenant_id and r.id = i.custom_role_id
  where i.tenant_id = $1 and i.accepted_at is null`;
const WITHDRAW = `
  delete from invitations where tenant_id = $1 and invited_by = $2 and role = $3 and accepted_at is null`;

/**
 * Who may have a hand in which role: whoever may do all that it allows; in the owner's, owners. It reads the rows and
 * not the token, which may be a moment behind, and locks the organization: whoever changes members or roles takes
 * turns, so that what was answered is still true when the change is committed.
 */
@Injectable()
export class Authority {
  constructor(
    private readonly database: Database,
    private readonly roles: KnownRoles,
  ) {}

  /** The caller, who has the permission. @throws Problem permission_denied */
  async of({ tenantId, userId }: Member, permission: string): Promise<Standing> {
    await this.lock(tenantId);
    const [own] = await this.standingsOf(tenantId, [userId]);
    if (!own?.permissions.has(permission)) throw PermissionDenied({ extensions: { permission } });
    return own;
  }

  /** The role of that name, if the caller may give it. @throws Problem permission_denied or role_above_yours */
  async grantable(caller: Member, name: string): Promise<WeighedRole> {
    const own = await this.of(caller, MANAGES_MEMBERS);
    const role = await this.roles.named(caller.tenantId, name);
    assertReaches(own, role);
    return role;
  }

  /** The member, if the caller may have a hand in their role. @throws Problem member_not_found or as above */
  async over(caller: Member, userId: string): Promise<Standing> {
    const own = await this.of(caller, MANAGES_MEMBERS);
    const [target] = await this.standingsOf(caller.tenantId, [userId]);
    if (!target) throw MemberNotFound();
    assertReaches(own, target);
    return target;
  }

  /** The caller, whatever they may do. @throws Problem member_not_found */
  async own({ tenantId, userId }: Member): Promise<Standing> {
    await this.lock(tenantId);
    const [own] = await this.standingsOf(tenantId, [userId]);
    if (!own) throw MemberNotFound();
    return own;
  }

  /** Nobody comes in any more on the word of somebody who may not give it (any more): those invitations go. */
  async withdrawInvitations(tenantId: string): Promise<void> {
    const { manager } = this.database;
    const words = await manager.query(WORDS, [tenantId]);
    const inviters = await this.standingsOf(
      tenantId,
      words.map(({ invitedBy }: { invitedBy: string }) => invitedBy),
    );
    for (const word of words) {
      const inviter = inviters.find(({ userId }) => userId === word.invitedBy);
      const holds = inviter?.permissions.has(MANAGES_MEMBERS) && reaches(inviter, this.roles.weigh(word));
      if (!holds) await manager.query(WITHDRAW, [tenantId, word.invitedBy, word.role]);
    }
  }

  private async lock(tenantId: string): Promise<void> {
    await this.database.manager.query('select from organizations where id = $1 for update', [tenantId]);
  }

  private async standingsOf(tenantId: string, userIds: string[]): Promise<Standing[]> {
    const rows = await this.database.manager.query(STANDINGS, [tenantId, userIds]);
    return rows.map((row: Parameters<KnownRoles['weigh']>[0] & { userId: string }) => ({
      tenantId,
      userId: row.userId,
      ...this.roles.weigh(row),
    }));
  }
}

const reaches = (own: WeighedRole, role: WeighedRole): boolean =>
  own.role === 'owner' || (role.role !== 'owner' && lacking(own, role.permissions).length === 0);

const lacking = (own: WeighedRole, permissions: Iterable<string>): string[] =>
  [...permissions].filter((permission) => !own.permissions.has(permission));

/** @throws Problem role_above_yours */
export function assertReaches(own: WeighedRole, role: WeighedRole): void {
  if (!reaches(own, role))
    throw RoleAboveYours({ extensions: { permissions: lacking(own, role.permissions) } });
}

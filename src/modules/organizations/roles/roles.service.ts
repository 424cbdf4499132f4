import { Injectable } from '@nestjs/common';
import type { Member } from '../../../core/auth/caller';
import { Permissions, type Role, ROLES } from '../../../core/auth/permissions';
import { Database } from '../../../core/database/database';
import { tellConstraint } from '../../../core/http/constraint-problems';
import { assertVersion, type ExpectedVersions } from '../../../core/http/etag';
import { defineProblem, type ProblemError } from '../../../core/http/problem';
import { ValidationFailed } from '../../../core/http/problems';
import { activeOrganization } from '../../../core/tenancy/active-organization';
import { assertReaches, Authority, type Standing } from '../authority';
import { CustomRole } from './custom-role.entity';
import { RoleNews } from './role-news';
import type { RoleChanges, RoleInput, RolePath } from './roles.schema';

export const RoleNotFound = defineProblem(
  'not-found',
  'role_not_found',
  'There is no such role',
  'GET the roles of the organization for the ids of those that it defined; built-in ones have none.',
);
export const RoleNameTaken = defineProblem(
  'conflict',
  'role_name_taken',
  'Another role of the organization has this name',
  'Choose a name that no other role has, in whatever case.',
);
export const RoleInUse = defineProblem(
  'conflict',
  'role_in_use',
  'Somebody has this role, or is invited to it',
  'Give those members another role and revoke those invitations first; filter both lists by `role`.',
);
export const TooManyRoles = defineProblem(
  'conflict',
  'too_many_roles',
  'The organization has as many roles as it can have',
  'Delete a role that nobody needs, or widen one.',
);
tellConstraint('custom_roles_tenant_id_name_idx', RoleNameTaken);
tellConstraint('custom_roles_name_check', RoleNameTaken);
tellConstraint('memberships_tenant_id_custom_role_id_role_fkey', RoleInUse);
tellConstraint('invitations_tenant_id_custom_role_id_role_fkey', RoleInUse);

const MAX_ROLES = 50;
const DEFINES_ROLES = 'roles:write';
const ORDER = { order: { name: 'ASC' } } as const;

/** Accepted or expired, an invitation is history, and no reason to keep a role. */
const FORGET_CLOSED_INVITATIONS = `
  delete from invitations
  where tenant_id = $1 and custom_role_id = $2 and (accepted_at is not null or expires_at <= now())`;

/** The name is part of what is shown of a member, so it is a change of theirs, too. */
const TOUCH_HOLDERS = `
  update memberships set version = version + 1 where tenant_id = $1 and custom_role_id = $2`;

@Injectable()
export class RolesService {
  constructor(
    private readonly database: Database,
    private readonly permissions: Permissions,
    private readonly authority: Authority,
    private readonly news: RoleNews,
  ) {}

  async list(viewer: Member, id: string) {
    const tenantId = activeOrganization(viewer, id);
    const own = await this.database.manager.find(CustomRole, { where: { tenantId }, ...ORDER });
    const items = [...ROLES.map((name) => this.builtIn(name)), ...own.map((role) => this.shown(role))];
    return { items, nextCursor: null };
  }

  async get(viewer: Member, path: RolePath) {
    return this.shown(await this.find(activeOrganization(viewer, path.id), path.roleId));
  }

  /** Nobody puts into a role what they may not do themselves. */
  create(author: Member, id: string, input: RoleInput) {
    return this.database.transaction(async () => {
      const tenantId = activeOrganization(author, id);
      const own = await this.authority.of(author, DEFINES_ROLES);
      this.assertMayPut(own, input.permissions);
      // Counted under the lock that `authority` holds.
      if ((await this.database.manager.countBy(CustomRole, { tenantId })) >= MAX_ROLES) throw TooManyRoles();
      const role = this.database.manager.create(CustomRole, { ...input, tenantId });
      await this.database.manager.insert(CustomRole, role);
      await this.news.created(role);
      return this.shown(role);
    });
  }

  /** Takes effect for everybody who has the role within a second. One's own role can be narrowed, never widened. */
  update(author: Member, path: RolePath, changes: RoleChanges, expected: ExpectedVersions) {
    return this.database.transaction(async () => {
      const tenantId = activeOrganization(author, path.id);
      const role = await this.reached(author, path);
      assertVersion(role.version, expected);
      if (changes.permissions) {
        const own = await this.authority.of(author, DEFINES_ROLES);
        this.assertMayPut(own, changes.permissions);
      }
      const renamed = changes.name !== undefined && changes.name !== role.name;
      await this.database.manager.save(Object.assign(role, changes));
      if (renamed) await this.database.manager.query(TOUCH_HOLDERS, [tenantId, role.id]);
      await this.authority.withdrawInvitations(tenantId);
      await this.news.changed(role);
      return this.shown(role);
    });
  }

  /** @throws of the foreign keys: role_in_use while somebody has it or is invited to it */
  remove(author: Member, path: RolePath, expected: ExpectedVersions): Promise<void> {
    return this.database.transaction(async () => {
      const tenantId = activeOrganization(author, path.id);
      const role = await this.reached(author, path);
      assertVersion(role.version, expected);
      await this.database.manager.query(FORGET_CLOSED_INVITATIONS, [tenantId, role.id]);
      await this.database.manager.delete(CustomRole, { tenantId, id: role.id });
      await this.news.removed(role);
    });
  }

  /** The role, if the author may do all that it allows (so far). */
  private async reached(author: Member, { roleId }: RolePath): Promise<CustomRole> {
    const own = await this.authority.of(author, DEFINES_ROLES);
    const role = await this.find(author.tenantId, roleId);
    const weighed = { role: role.name, customRoleId: role.id, permissions: new Set(role.permissions) };
    assertReaches(own, weighed);
    return role;
  }

  private async find(tenantId: string, id: string): Promise<CustomRole> {
    const role = await this.database.manager.findOneBy(CustomRole, { tenantId, id });
    if (!role) throw RoleNotFound();
    return role;
  }

  private assertMayPut(own: Standing, names: string[]): void {
    const errors = names.flatMap((name, index): ProblemError[] =>
      this.permissions.has(name)
        ? []
        : [{ pointer: `/permissions/${index}`, code: 'unknown_permission', detail: 'is no permission' }],
    );
    if (errors.length > 0) throw ValidationFailed({ errors: errors.slice(0, 50) });
    assertReaches(own, { role: '', customRoleId: null, permissions: new Set(names) });
  }

  private builtIn(name: Role) {
    const permissions = this.described([...this.permissions.of(name)]);
    return { id: null, name, description: '', builtIn: true, permissions, createdAt: null, updatedAt: null };
  }

  private shown(role: CustomRole) {
    return Object.assign({}, role, { builtIn: false, permissions: this.described(role.permissions) });
  }

  private described(names: string[]) {
    const known = new Map(this.permissions.list().map(({ name, description }) => [name, description]));
    return names.toSorted().map((name) => ({ name, description: known.get(name) ?? null }));
  }
}

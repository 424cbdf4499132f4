import { Injectable } from '@nestjs/common';
import { Permissions, ROLES } from '../../../core/auth/permissions';
import { Database } from '../../../core/database/database';
import { ValidationFailed } from '../../../core/http/problems';

/** A role as a row holds it: a built-in one by its name, one of the organization's own by name and id. */
export interface HeldRole {
  readonly role: string;
  readonly customRoleId: string | null;
}

/** A role with what it allows. */
export interface WeighedRole extends HeldRole {
  readonly permissions: ReadonlySet<string>;
}

/** Of a joined row: `permissions` is what the custom role says, null of a built-in one. */
type Row = HeldRole & { readonly permissions: readonly string[] | null };

export const isBuiltIn = (name: string): boolean => (ROLES as readonly string[]).includes(name);

const NAMED = `
  select name as role, id as "customRoleId", permissions from custom_roles
  where tenant_id = $1 and lower(name) = lower($2)`;

/** The roles of an organization by name, built in and its own. */
@Injectable()
export class KnownRoles {
  constructor(
    private readonly database: Database,
    private readonly permissions: Permissions,
  ) {}

  /** @throws Problem validation_failed at `/role` */
  async named(tenantId: string, name: string): Promise<WeighedRole> {
    if (isBuiltIn(name)) return this.weigh({ role: name, customRoleId: null, permissions: null });
    const [found] = await this.database.manager.query<Row[]>(NAMED, [tenantId, name]);
    if (found) return this.weigh(found);
    const detail = 'is no role of this organization';
    throw ValidationFailed({ errors: [{ pointer: '/role', code: 'unknown_role', detail }] });
  }

  weigh({ role, customRoleId, permissions }: Row): WeighedRole {
    return {
      role,
      customRoleId,
      permissions: permissions ? new Set(permissions) : this.permissions.of(role),
    };
  }
}

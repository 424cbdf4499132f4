import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Permissions } from '../../core/auth/permissions';
import { Database } from '../../core/database/database';
import {
  type Membership,
  type Place,
  type TenantDirectory,
  Tenants,
  type TenantSummary,
} from '../../core/tenancy/tenants';

const MEMBERSHIP = `
  select m.role, r.permissions, o.requires_second_factor as "requiresSecondFactor"
  from memberships m join organizations o on o.id = m.tenant_id left join custom_roles r on r.tenant_id = m.tenant_id and r.id = m.custom_role_id
  where m.tenant_id = $1 and m.user_id = $2`;

/** Tells core which organizations there are and who belongs to them. */
@Injectable()
export class OrganizationsDirectory implements TenantDirectory, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly tenants: Tenants,
    private readonly permissions: Permissions,
  ) {}

  onModuleInit(): void {
    this.tenants.use(this);
  }

  membershipsOf(userId: string): Promise<Place[]> {
    return this.database.within({ userId }, () =>
      this.database.manager.query(
        'select tenant_id as "tenantId", role from memberships where user_id = $1 order by created_at, tenant_id',
        [userId],
      ),
    );
  }

  /** From the primary, never from a replica that lags: what a session may do follows from it. */
  membershipIn(tenantId: string, userId: string): Promise<Membership | undefined> {
    return this.database.within({ tenantId, userId }, async () => {
      const [found] = await this.database.manager.query(MEMBERSHIP, [tenantId, userId]);
      if (!found) return undefined;
      const { role, permissions, requiresSecondFactor } = found;
      const known = permissions ? this.permissions.known(permissions) : undefined;
      return { tenantId, role, permissions: known, requiresSecondFactor };
    });
  }

  describe(ids: readonly string[]): Promise<TenantSummary[]> {
    return this.database.rows('select id, name from organizations where id = any($1)', [ids]);
  }
}

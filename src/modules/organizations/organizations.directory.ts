import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../core/database/database';
import {
  type Membership,
  type TenantDirectory,
  Tenants,
  type TenantSummary,
} from '../../core/tenancy/tenants';

/** Tells core which organizations there are and who belongs to them. */
@Injectable()
export class OrganizationsDirectory implements TenantDirectory, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly tenants: Tenants,
  ) {}

  onModuleInit(): void {
    this.tenants.use(this);
  }

  /** From the primary, never from a replica that lags: what a session may do follows from it. */
  membershipsOf(userId: string): Promise<Membership[]> {
    return this.database.within({ userId }, () =>
      this.database.manager.query(
        'select tenant_id as "tenantId", role from memberships where user_id = $1 order by created_at, tenant_id',
        [userId],
      ),
    );
  }

  describe(ids: readonly string[]): Promise<TenantSummary[]> {
    return this.database.rows('select id, name from organizations where id = any($1)', [ids]);
  }
}

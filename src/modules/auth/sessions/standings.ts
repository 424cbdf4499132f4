import { Injectable } from '@nestjs/common';
import { Permissions } from '../../../core/auth/permissions';
import type { Principal } from '../../../core/auth/principal';
import { Database } from '../../../core/database/database';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { type Membership, Tenants } from '../../../core/tenancy/tenants';

/** Somebody's place in an organization, as a principal carries it. */
export interface Standing extends Pick<Principal, 'tenantId' | 'role' | 'permissions'> {
  /** The organization lets in only who showed a second factor. */
  readonly requiresSecondFactor: boolean;
}

/** The place of somebody who works in no organization. */
export const NOWHERE: Standing = {
  tenantId: null,
  role: null,
  permissions: new Set(),
  requiresSecondFactor: false,
};

/** Where users belong, asked in the scope of the user: sign-in and the token check come before any other. */
@Injectable()
export class Standings {
  constructor(
    private readonly tenants: Tenants,
    private readonly permissions: Permissions,
    private readonly database: Database,
  ) {}

  /** Null when the user is not a member. */
  async of(userId: string, organizationId: string | null): Promise<Standing | null> {
    if (!organizationId) return NOWHERE;
    const member = await this.memberIn(organizationId, userId);
    if (!member) return null;
    const { role, permissions, requiresSecondFactor = false } = member;
    const allowed = permissions ? new Set(permissions) : this.permissions.of(role);
    return { tenantId: organizationId, role, permissions: allowed, requiresSecondFactor };
  }

  /** The organization to begin with: the one asked for, else the oldest membership, else none. */
  async choose(userId: string, asked: string | undefined): Promise<string | null> {
    if (asked) return this.assertMember(asked, userId);
    const [oldest] = await this.database.within({ userId }, () => this.tenants.membershipsOf(userId));
    return oldest?.tenantId ?? null;
  }

  /** @throws Problem organization_not_found, also for an organization of others */
  async assertMember(organizationId: string, userId: string): Promise<string> {
    if (!(await this.memberIn(organizationId, userId))) throw OrganizationNotFound();
    return organizationId;
  }

  private memberIn(organizationId: string, userId: string): Promise<Membership | undefined> {
    return this.database.within({ userId }, () => this.tenants.membershipIn(organizationId, userId));
  }
}

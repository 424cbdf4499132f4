import { Injectable } from '@nestjs/common';

/** That a user belongs to a tenant, and as what: the name of a role. */
export interface Place {
  readonly tenantId: string;
  readonly role: string;
}

/** A user's place in a tenant, with what follows from it. */
export interface Membership extends Place {
  /** What the role allows, when it is not a built-in one. */
  readonly permissions?: readonly string[];
  /** The tenant lets in only who showed a second factor. */
  readonly requiresSecondFactor?: boolean;
}

/** What is shown of a tenant beside its rows. */
export interface TenantSummary {
  readonly id: string;
  readonly name: string;
}

export interface TenantDirectory {
  /** Every tenant that the user belongs to, oldest membership first. */
  membershipsOf(userId: string): Promise<Place[]>;
  /** The user's membership in one tenant, or undefined. */
  membershipIn(tenantId: string, userId: string): Promise<Membership | undefined>;
  /** The tenants with these ids that the caller may see, in any order. */
  describe(ids: readonly string[]): Promise<TenantSummary[]>;
}

/** Without a module for organizations every user is a tenant of their own, and owns it. */
const EVERYONE_ALONE: TenantDirectory = {
  membershipsOf: (userId) => Promise.resolve([{ tenantId: userId, role: 'owner' }]),
  membershipIn: (tenantId, userId) =>
    Promise.resolve(tenantId === userId ? { tenantId, role: 'owner' } : undefined),
  describe: (ids) => Promise.resolve(ids.map((id) => ({ id, name: 'Personal' }))),
};

/** The port through which core and modules ask about tenants; the organizations module fills it. */
@Injectable()
export class Tenants implements TenantDirectory {
  private directory = EVERYONE_ALONE;

  use(directory: TenantDirectory): void {
    this.directory = directory;
  }

  /** Whether a module keeps organizations; without one everybody is alone. */
  get kept(): boolean {
    return this.directory !== EVERYONE_ALONE;
  }

  membershipsOf(userId: string): Promise<Place[]> {
    return this.directory.membershipsOf(userId);
  }

  describe(ids: readonly string[]): Promise<TenantSummary[]> {
    return this.directory.describe(ids);
  }

  membershipIn(tenantId: string, userId: string): Promise<Membership | undefined> {
    return this.directory.membershipIn(tenantId, userId);
  }
}

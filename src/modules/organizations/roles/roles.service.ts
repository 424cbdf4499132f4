import { Injectable } from '@nestjs/common';
import type { Member } from '../../../core/auth/caller';
import { Permissions, type Role, ROLES } from '../../../core/auth/permissions';
import { activeOrganization } from '../../../core/tenancy/active-organization';

@Injectable()
export class RolesService {
  constructor(private readonly permissions: Permissions) {}

  list(viewer: Member, id: string) {
    activeOrganization(viewer, id);
    return {
      items: ROLES.map((name) => ({ name, permissions: this.permissionsOf(name) })),
      nextCursor: null,
    };
  }

  private permissionsOf(role: Role) {
    const granted = this.permissions.of(role);
    return this.permissions
      .list()
      .filter(({ name }) => granted.has(name))
      .toSorted((a, b) => a.name.localeCompare(b.name));
  }
}

import { Injectable } from '@nestjs/common';

/** The built-in roles of an organization; each may do what those after it may. */
export const ROLES = ['owner', 'admin', 'editor', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export interface Permission {
  /** `products:write`: the module, then what it allows. */
  readonly name: string;
  readonly description: string;
  /** The least of the built-in roles that has it. */
  readonly leastRole: Role;
}

/** The permissions there are. Each module registers its own in `onModuleInit`. */
@Injectable()
export class Permissions {
  private readonly registered = new Map<string, Permission>();

  register(...permissions: Permission[]): void {
    for (const permission of permissions) this.registered.set(permission.name, permission);
  }

  list(): Permission[] {
    return [...this.registered.values()];
  }

  has(name: string): boolean {
    return this.registered.has(name);
  }

  /** Those of the names that are registered: what a removed module left in a role or a key allows nothing. */
  known(names: readonly string[]): string[] {
    return names.filter((name) => this.has(name));
  }

  /** The permissions of a built-in role; none for a name that is not one. */
  of(role: string): ReadonlySet<string> {
    const rank = ROLES.indexOf(role as Role);
    const granted = this.list().filter(({ leastRole }) => rank >= 0 && rank <= ROLES.indexOf(leastRole));
    return new Set(granted.map(({ name }) => name));
  }
}

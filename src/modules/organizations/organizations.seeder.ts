import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Permissions } from '../../core/auth/permissions';
import { runInScope } from '../../core/context';
import { Database } from '../../core/database/database';
import { type SeedOrganization, type Seeder, Seeds } from '../../core/seeding/seeds';
import { Membership } from './membership.entity';
import { OrganizationsService } from './organizations.service';
import { CustomRole } from './roles/custom-role.entity';

const AUDITOR = 'Auditor';

/** The demo organizations, with a member for every built-in role, and a role of their own. */
@Injectable()
export class OrganizationsSeeder implements Seeder, OnModuleInit {
  constructor(
    private readonly organizations: OrganizationsService,
    private readonly database: Database,
    private readonly seeds: Seeds,
    private readonly permissions: Permissions,
  ) {}

  onModuleInit(): void {
    this.seeds.register(this);
  }

  async organization({ id, name, users }: SeedOrganization): Promise<string> {
    const [owner] = users;
    const founder = { userId: owner!.id };
    const tenantId = id || (await runInScope(founder, () => this.organizations.create(founder, { name }))).id;
    const memberships = users.map((user) => ({ tenantId, userId: user.id, role: user.role! }));
    await runInScope({ tenantId, ...founder }, () =>
      this.database.manager
        .createQueryBuilder()
        .insert()
        .into(Membership)
        .values(memberships)
        .orIgnore()
        .execute(),
    );
    return tenantId;
  }

  async content({ id: tenantId, samples }: SeedOrganization): Promise<void> {
    const { manager } = this.database;
    const known = await manager.findOneBy(CustomRole, { tenantId, name: AUDITOR });
    samples.roleId = known?.id ?? (await this.auditor(tenantId)).id;
  }

  private async auditor(tenantId: string): Promise<CustomRole> {
    const readable = this.permissions.list().filter(({ name }) => name.endsWith(':read'));
    const permissions = readable.map(({ name }) => name);
    const description = 'Sees everything, changes nothing.';
    const { manager } = this.database;
    const role = manager.create(CustomRole, { tenantId, name: AUDITOR, description, permissions });
    await manager.insert(CustomRole, role);
    return role;
  }
}

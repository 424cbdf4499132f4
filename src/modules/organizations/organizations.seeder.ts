import { Injectable, type OnModuleInit } from '@nestjs/common';
import { runInScope } from '../../core/context';
import { Database } from '../../core/database/database';
import { type SeedOrganization, type Seeder, Seeds } from '../../core/seeding/seeds';
import { Membership } from './membership.entity';
import { OrganizationsService } from './organizations.service';

/** The demo organizations, with a member for every built-in role. */
@Injectable()
export class OrganizationsSeeder implements Seeder, OnModuleInit {
  constructor(
    private readonly organizations: OrganizationsService,
    private readonly database: Database,
    private readonly seeds: Seeds,
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
}

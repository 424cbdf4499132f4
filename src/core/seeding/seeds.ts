import { Injectable } from '@nestjs/common';
import { runInScope } from '../context';
import { ROLES, type Role } from '../auth/permissions';
import { Tenants } from '../tenancy/tenants';

export interface SeedUser {
  id: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly role: Role | null;
}

export interface SeedOrganization {
  id: string;
  readonly name: string;
  readonly users: SeedUser[];
  /** Ids of rows to try things on, by name: `{ productId }`. */
  readonly samples: Record<string, string>;
  /** A key for programs, if a module keeps such. */
  apiKey?: string;
}

export interface SeedPlan {
  readonly organizations: SeedOrganization[];
  /** Belongs to no organization. */
  readonly outsider: SeedUser;
}

/** What a module does for demo data. Each step may run again on data that is there, and then changes nothing. */
export interface Seeder {
  /** Creates the account, or finds it, and answers its id. */
  person?(user: SeedUser): Promise<string>;
  /** Creates the organization with its members, or finds it, and answers its id. */
  organization?(organization: SeedOrganization): Promise<string>;
  /** Fills the organization; runs in its scope. */
  content?(organization: SeedOrganization): Promise<void>;
}

const NAMES = ['Harbour Goods', 'Tidewater Trading'];
const PASSWORD = 'demo keelson 2026';

/** Demo data: each module adds its part. Never for production. */
@Injectable()
export class Seeds {
  private readonly seeders: Seeder[] = [];

  constructor(private readonly tenants: Tenants) {}

  register(seeder: Seeder): void {
    this.seeders.push(seeder);
  }

  /** Makes `count` organizations with every built-in role in each, or finds them. */
  async run(count: number): Promise<SeedPlan> {
    const plan = planFor(count);
    for (const user of [...plan.organizations.flatMap(({ users }) => users), plan.outsider])
      await this.person(user);
    for (const organization of plan.organizations) await this.organization(organization);
    return plan;
  }

  private async person(user: SeedUser): Promise<void> {
    for (const seeder of this.seeders) user.id = (await seeder.person?.(user)) ?? user.id;
  }

  private async organization(organization: SeedOrganization): Promise<void> {
    const owner = organization.users[0]!;
    organization.id = (await this.tenants.membershipsOf(owner.id))[0]?.tenantId ?? '';
    for (const seeder of this.seeders) {
      organization.id = (await seeder.organization?.(organization)) ?? organization.id;
    }
    const scope = { tenantId: organization.id, userId: owner.id };
    for (const seeder of this.seeders) await runInScope(scope, async () => seeder.content?.(organization));
  }
}

function planFor(count: number): SeedPlan {
  const organizations = Array.from({ length: count }, (_, index): SeedOrganization => {
    const name = NAMES[index] ?? `Organization ${index + 1}`;
    const domain = `${name.toLowerCase().replaceAll(' ', '-')}.example`;
    const users = ROLES.map((role) => person(`${role}@${domain}`, role));
    return { id: '', name, users, samples: {} };
  });
  return { organizations, outsider: person('nobody@elsewhere.example', null) };
}

function person(email: string, role: Role | null): SeedUser {
  const name = role ? `${role[0]!.toUpperCase()}${role.slice(1)} Demo` : 'Nobody Demo';
  return { id: '', email, name, password: PASSWORD, role };
}

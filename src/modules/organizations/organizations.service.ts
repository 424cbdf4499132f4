import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Member } from '../../core/auth/caller';
import type { Principal } from '../../core/auth/principal';
import { Database } from '../../core/database/database';
import { Events } from '../../core/events/events';
import { tellConstraint } from '../../core/http/constraint-problems';
import { assertVersion, type ExpectedVersions } from '../../core/http/etag';
import { defineProblem } from '../../core/http/problem';
import type { ItemQuery, ListQuery } from '../../core/lists/list';
import { Lists } from '../../core/lists/lists';
import { activeOrganization } from '../../core/tenancy/active-organization';
import { OrganizationNotFound } from '../../core/tenancy/problems';
import { Membership } from './membership.entity';
import { Organization } from './organization.entity';
import { memberAdded, organizationCreated, organizationUpdated } from './organizations.events';
import {
  type OrganizationChanges,
  type OrganizationInput,
  organizationItem,
  ownOrganizationList,
} from './organizations.schema';
import { SecondFactorPolicy } from './second-factor/second-factor-policy';

export const SlugTaken = defineProblem(
  'conflict',
  'slug_taken',
  'Another organization has this slug',
  'Choose another slug, or leave it out to get one made from the name.',
);
tellConstraint('organizations_slug_key', SlugTaken);

@Injectable()
export class OrganizationsService {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly lists: Lists,
    private readonly secondFactor: SecondFactorPolicy,
  ) {}

  /** Those the viewer belongs to, whichever is active. */
  list(viewer: Pick<Principal, 'userId'>, query: ListQuery) {
    return this.lists.page(ownOrganizationList, { userId: viewer.userId }, query);
  }

  async get(viewer: Member, id: string, query: ItemQuery) {
    const found = await this.lists.find(organizationItem, { id: activeOrganization(viewer, id) }, query);
    if (!found) throw OrganizationNotFound();
    return found;
  }

  /** The founder becomes its owner. It does not become their active organization by itself. */
  create({ userId }: Pick<Principal, 'userId'>, { name, slug }: OrganizationInput): Promise<Organization> {
    return this.database.transaction(async () => {
      const [made] = await this.database.rows<{ id: string }>('select uuidv7() as id');
      const { id } = made!;
      // The row policies let nobody write into a tenant but from inside it, also when it is only being founded.
      return this.database.within({ tenantId: id, userId }, async () => {
        const { manager } = this.database;
        const fields = { id, name, slug: slug ?? slugOf(name), requiresSecondFactor: false };
        const organization = manager.create(Organization, fields);
        await manager.insert(Organization, organization);
        await manager.insert(Membership, { tenantId: id, userId, role: 'owner' });
        await this.events.publish(organizationCreated, factOf(organization));
        await this.events.publish(memberAdded, { organizationId: id, userId, role: 'owner' });
        return organization;
      });
    });
  }

  update(editor: Member, id: string, changes: OrganizationChanges, expected: ExpectedVersions) {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      const organization = await manager.findOne(Organization, {
        where: { id: activeOrganization(editor, id) },
        lock: { mode: 'pessimistic_write' },
      });
      if (!organization) throw OrganizationNotFound();
      assertVersion(organization.version, expected);
      const { requiresSecondFactor: required = organization.requiresSecondFactor } = changes;
      if (required !== organization.requiresSecondFactor) await this.secondFactor.change(editor, required);
      await manager.save(Object.assign(organization, changes), { reload: false });
      await this.events.publish(organizationUpdated, factOf(organization));
      return organization;
    });
  }
}

const factOf = ({ id, name, slug }: Organization) => ({ organizationId: id, name, slug });

/** `Café Zürich` → `cafe-zurich-5f0c1e`: readable, and not taken. */
function slugOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const readable = words.slice(0, 40).replace(/^-|-$/g, '') || 'organization';
  return `${readable}-${randomBytes(3).toString('hex')}`;
}

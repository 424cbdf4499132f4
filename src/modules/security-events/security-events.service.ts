import { Injectable } from '@nestjs/common';
import type { Member } from '../../core/auth/caller';
import type { Principal } from '../../core/auth/principal';
import type { ListQuery } from '../../core/lists/list';
import { Lists, type Page } from '../../core/lists/lists';
import { securityEventType } from '../../core/security-events/security-events';
import { activeOrganization } from '../../core/tenancy/active-organization';
import { organizationSecurityEventList, securityEventList } from './security-events.schema';

/** Shows the ledgers that core keeps: to each user their own, to administrators that of their organization. */
@Injectable()
export class SecurityEventsService {
  constructor(private readonly lists: Lists) {}

  async listOwn({ userId }: Principal, query: ListQuery) {
    return described(await this.lists.page(securityEventList, { userId }, query));
  }

  /** @throws Problem organization_not_found */
  async listOfOrganization(viewer: Member, id: string, query: ListQuery) {
    const tenantId = activeOrganization(viewer, id);
    return described(await this.lists.page(organizationSecurityEventList, { tenantId }, query));
  }
}

/** A caller who left the type out does not want to read what it means. */
function described<T extends { type?: string }>(page: Page<T>): Page<T> {
  const items = page.items.map((item) =>
    item.type ? { ...item, description: securityEventType(item.type)?.description ?? null } : item,
  );
  return { ...page, items };
}

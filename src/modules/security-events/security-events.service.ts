import { Injectable } from '@nestjs/common';
import type { Member } from '../../core/auth/caller';
import type { Principal } from '../../core/auth/principal';
import { deviceOf } from '../../core/http/device';
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

interface Told {
  readonly type?: string;
  readonly userAgent?: string | null;
}

/** Says in words what is in the rows; what follows from a field that the caller left out is left out, too. */
function described<T extends Told>(page: Page<T>): Page<T> {
  const items = page.items.map((item) => ({
    ...item,
    ...(item.type !== undefined && { description: securityEventType(item.type)?.description ?? null }),
    ...(item.userAgent !== undefined && { device: deviceOf(item.userAgent) }),
  }));
  return { ...page, items };
}

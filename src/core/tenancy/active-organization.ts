import type { Member } from '../auth/caller';
import { OrganizationNotFound } from './problems';

/** The id in the address, when it is the caller's active organization. @throws Problem organization_not_found */
export function activeOrganization({ tenantId }: Member, id: string): string {
  if (id.toLowerCase() !== tenantId) throw OrganizationNotFound();
  return tenantId;
}

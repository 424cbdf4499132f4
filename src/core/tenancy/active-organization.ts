import type { Principal } from '../auth/principal';
import { OrganizationNotFound } from './problems';

/** The id in the address, when it is the caller's active organization. @throws Problem organization_not_found */
export function activeOrganization({ tenantId }: Pick<Principal, 'tenantId'>, id: string): string {
  if (!tenantId || id.toLowerCase() !== tenantId) throw OrganizationNotFound();
  return tenantId;
}

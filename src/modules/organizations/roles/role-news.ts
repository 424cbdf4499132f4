import { Injectable } from '@nestjs/common';
import { Authentication } from '../../../core/auth/authentication';
import {
  defineSecurityEvent,
  SecurityEvents,
  type SecurityEventType,
} from '../../../core/security-events/security-events';
import type { CustomRole } from './custom-role.entity';

const created = defineSecurityEvent('organizations.role_created', 'A role was defined.');
const changed = defineSecurityEvent('organizations.role_changed', 'A role was changed, for all who have it.');
const removed = defineSecurityEvent('organizations.role_removed', 'A role was deleted.');

/** Tells everyone who must know of a role: the administrators by the ledger, the sessions of its holders at once. */
@Injectable()
export class RoleNews {
  constructor(
    private readonly authentication: Authentication,
    private readonly ledger: SecurityEvents,
  ) {}

  created(role: CustomRole): Promise<void> {
    return this.note(created, role);
  }

  /** One notice for the whole organization: a role may have thousands of holders. */
  async changed(role: CustomRole): Promise<void> {
    await this.note(changed, role);
    await this.authentication.invalidate({ organizationId: role.tenantId });
  }

  removed(role: CustomRole): Promise<void> {
    return this.note(removed, role);
  }

  private note(type: SecurityEventType, { tenantId, id, name, permissions }: CustomRole): Promise<void> {
    const details = { roleId: id, role: name, permissions: permissions.join(', ') };
    return this.ledger.record(type, { tenantId, details });
  }
}

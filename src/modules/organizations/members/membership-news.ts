import { Injectable } from '@nestjs/common';
import { Authentication } from '../../../core/auth/authentication';
import { Events } from '../../../core/events/events';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import type { Membership } from '../membership.entity';
import { memberAdded, memberRemoved, memberRoleChanged } from '../organizations.events';

type Place = Pick<Membership, 'tenantId' | 'userId' | 'role'>;

const joined = defineSecurityEvent('organizations.member_joined', 'You joined an organization.');
const roleChanged = defineSecurityEvent(
  'organizations.member_role_changed',
  'Your role in an organization was changed.',
);
const left = defineSecurityEvent(
  'organizations.member_removed',
  'You left an organization, or were removed from it.',
);

/**
 * Tells everyone who must know that somebody's place changed: the modules by an event, the sessions at once, the
 * person and the administrators by the ledger.
 */
@Injectable()
export class MembershipNews {
  constructor(
    private readonly events: Events,
    private readonly authentication: Authentication,
    private readonly ledger: SecurityEvents,
  ) {}

  async added(place: Place): Promise<void> {
    await this.events.publish(memberAdded, factOf(place));
    await this.ledger.record(joined, lineOf(place));
    await this.authentication.invalidate({ userId: place.userId });
  }

  async roleChanged(place: Place, previousRole: string): Promise<void> {
    await this.events.publish(memberRoleChanged, { ...factOf(place), previousRole });
    await this.ledger.record(roleChanged, lineOf(place, { previousRole }));
    await this.authentication.invalidate({ userId: place.userId });
  }

  async removed(place: Place): Promise<void> {
    await this.events.publish(memberRemoved, factOf(place));
    await this.ledger.record(left, lineOf(place));
    await this.authentication.invalidate({ userId: place.userId });
  }
}

const factOf = ({ tenantId, userId, role }: Place) => ({ organizationId: tenantId, userId, role });

const lineOf = ({ tenantId, userId, role }: Place, more: Record<string, string> = {}) => ({
  tenantId,
  userId,
  details: { role, ...more },
});

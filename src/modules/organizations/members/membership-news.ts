import { Injectable } from '@nestjs/common';
import { Authentication } from '../../../core/auth/authentication';
import type { Role } from '../../../core/auth/permissions';
import { Events } from '../../../core/events/events';
import type { Membership } from '../membership.entity';
import { memberAdded, memberRemoved, memberRoleChanged } from '../organizations.events';

type Place = Pick<Membership, 'tenantId' | 'userId' | 'role'>;

/** Tells everyone who must know that somebody's place changed: the modules by an event, the sessions at once. */
@Injectable()
export class MembershipNews {
  constructor(
    private readonly events: Events,
    private readonly authentication: Authentication,
  ) {}

  async added(place: Place): Promise<void> {
    await this.events.publish(memberAdded, factOf(place));
    await this.authentication.invalidate({ userId: place.userId });
  }

  async roleChanged(place: Place, previousRole: Role): Promise<void> {
    await this.events.publish(memberRoleChanged, { ...factOf(place), previousRole });
    await this.authentication.invalidate({ userId: place.userId });
  }

  async removed(place: Place): Promise<void> {
    await this.events.publish(memberRemoved, factOf(place));
    await this.authentication.invalidate({ userId: place.userId });
  }
}

const factOf = ({ tenantId, userId, role }: Place) => ({ organizationId: tenantId, userId, role });

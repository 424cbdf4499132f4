import { Injectable } from '@nestjs/common';
import { Authentication } from '../../../core/auth/authentication';
import type { Member } from '../../../core/auth/caller';
import { PermissionDenied, SecondFactorRequired } from '../../../core/auth/problems';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { Authority } from '../authority';

const EVENTS = {
  on: defineSecurityEvent(
    'organizations.second_factor_demanded',
    'An organization lets in only members with a second factor from now on.',
  ),
  off: defineSecurityEvent(
    'organizations.second_factor_waived',
    'An organization lets in members without a second factor again.',
  ),
};

/** Whether an organization lets in only who showed a second factor. Its programs go on as they are. */
@Injectable()
export class SecondFactorPolicy {
  constructor(
    private readonly authority: Authority,
    private readonly authentication: Authentication,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * For owners who have shown one in this very session, so that somebody is left who can come in and waive it.
   * Takes effect for running sessions with the transaction that it joins.
   * @throws Problem permission_denied; second_factor_required
   */
  async change(owner: Member, required: boolean): Promise<void> {
    const { tenantId, userId } = owner;
    const { role } = await this.authority.own(owner);
    if (role !== 'owner') throw PermissionDenied({ detail: 'Only owners decide on second factors.' });
    if (!owner.showedSecondFactor) {
      throw SecondFactorRequired({
        detail: 'Only who signed in with a second factor decides whether members need one.',
      });
    }
    await this.events.record(required ? EVENTS.on : EVENTS.off, { userId, tenantId });
    await this.authentication.invalidate({ organizationId: tenantId });
  }
}

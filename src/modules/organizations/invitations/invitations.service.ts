import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import type { Member } from '../../../core/auth/caller';
import { Database } from '../../../core/database/database';
import { defineProblem } from '../../../core/http/problem';
import type { ItemQuery, ListQuery } from '../../../core/lists/list';
import { Lists } from '../../../core/lists/lists';
import { activeOrganization } from '../../../core/tenancy/active-organization';
import { Invitation } from './invitation.entity';
import { invitationList, type InvitationPath } from './invitations.schema';

export const InvitationNotFound = defineProblem(
  'not-found',
  'invitation_not_found',
  'There is no such open invitation',
  'It may have been accepted, revoked, or have expired.',
);

@Injectable()
export class InvitationsService {
  constructor(
    private readonly database: Database,
    private readonly lists: Lists,
  ) {}

  async list(viewer: Member, id: string, query: ListQuery) {
    return this.lists.page(invitationList, { tenantId: activeOrganization(viewer, id) }, query);
  }

  async get(viewer: Member, { id, invitationId }: InvitationPath, query: ItemQuery) {
    const fixed = { tenantId: activeOrganization(viewer, id), id: invitationId };
    const invitation = await this.lists.find(invitationList, fixed, query);
    if (!invitation) throw InvitationNotFound();
    return invitation;
  }

  async revoke(manager: Member, { id, invitationId }: InvitationPath): Promise<void> {
    const tenantId = activeOrganization(manager, id);
    const open = { tenantId, id: invitationId, acceptedAt: IsNull() };
    const { affected } = await this.database.manager.delete(Invitation, open);
    if (!affected) throw InvitationNotFound();
  }
}

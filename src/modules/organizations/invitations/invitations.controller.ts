import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RecentSignIn, Requires } from '../../../core/auth/access';
import { Caller, type Member } from '../../../core/auth/caller';
import { Creates } from '../../../core/http/creates';
import { RateClass } from '../../../core/http/rate-limits/rate-class';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import type { ItemQuery, ListQuery } from '../../../core/lists/list';
import { ReturnsPage } from '../../../core/lists/returns-page';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { RoleAboveYours } from '../authority';
import { OrganizationPath } from '../organizations.schema';
import { AlreadyMember } from './acceptance.service';
import { InvitationInput, invitationList, InvitationPath, InvitationView } from './invitations.schema';
import { InvitationNotFound, InvitationsService } from './invitations.service';
import { AlreadyInvited, InvitingService } from './inviting.service';

@ApiTags('organizations')
@Controller('v1/organizations/:id/invitations')
@Requires('members:write', { only: 'user' })
@Refuses(OrganizationNotFound)
export class InvitationsController {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly inviting: InvitingService,
  ) {}

  @Get()
  @ReturnsPage(invitationList)
  @ApiOperation({ operationId: 'listInvitations', summary: 'List the open invitations' })
  list(
    @Caller() viewer: Member,
    @Param({ schema: OrganizationPath }) { id }: OrganizationPath,
    @Query({ schema: invitationList.query }) query: ListQuery,
  ) {
    return this.invitations.list(viewer, id, query);
  }

  @Post()
  @RecentSignIn()
  @RateClass('auth')
  @Refuses(RoleAboveYours, AlreadyMember, AlreadyInvited)
  @Creates(InvitationView)
  @ApiOperation({
    operationId: 'createInvitation',
    summary: 'Invite an e-mail address, to a role that may not more than you',
  })
  create(
    @Caller() inviter: Member,
    @Param({ schema: OrganizationPath }) { id }: OrganizationPath,
    @Body({ schema: InvitationInput }) input: InvitationInput,
  ) {
    return this.inviting.create(inviter, id, input);
  }

  @Get(':invitationId')
  @Refuses(InvitationNotFound)
  @Returns(InvitationView, { sparse: true, headers: ['etag'] })
  @ApiOperation({ operationId: 'getInvitation', summary: 'Get an open invitation' })
  get(
    @Caller() viewer: Member,
    @Param({ schema: InvitationPath }) path: InvitationPath,
    @Query({ schema: invitationList.itemQuery }) query: ItemQuery,
  ) {
    return this.invitations.get(viewer, path, query);
  }

  @Delete(':invitationId')
  @Refuses(InvitationNotFound)
  @Returns()
  @ApiOperation({ operationId: 'revokeInvitation', summary: 'Revoke an open invitation' })
  revoke(@Caller() manager: Member, @Param({ schema: InvitationPath }) path: InvitationPath) {
    return this.invitations.revoke(manager, path);
  }
}

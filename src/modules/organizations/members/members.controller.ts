import { Body, Controller, Delete, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, RecentSignIn, Requires } from '../../../core/auth/access';
import { Caller, type Member } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { type ExpectedVersions, IfMatch } from '../../../core/http/etag';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import type { ItemQuery, ListQuery } from '../../../core/lists/list';
import { ReturnsPage } from '../../../core/lists/returns-page';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { MemberNotFound, RoleAboveYours } from '../authority';
import { OrganizationPath } from '../organizations.schema';
import { MemberChanges, memberList, MemberPath, MemberView } from './members.schema';
import { LastOwner, MembersService } from './members.service';

@ApiTags('organizations')
@Controller('v1/organizations/:id')
@Refuses(OrganizationNotFound)
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get('members')
  @Requires('members:read')
  @ReturnsPage(memberList)
  @ApiOperation({ operationId: 'listMembers', summary: 'List who belongs to the organization' })
  list(
    @Caller() viewer: Member,
    @Param({ schema: OrganizationPath }) { id }: OrganizationPath,
    @Query({ schema: memberList.query }) query: ListQuery,
  ) {
    return this.members.list(viewer, id, query);
  }

  @Get('members/:userId')
  @Requires('members:read')
  @Refuses(MemberNotFound)
  @Returns(MemberView, { sparse: true, headers: ['etag'] })
  @ApiOperation({ operationId: 'getMember', summary: 'Get a member' })
  get(
    @Caller() viewer: Member,
    @Param({ schema: MemberPath }) path: MemberPath,
    @Query({ schema: memberList.itemQuery }) query: ItemQuery,
  ) {
    return this.members.get(viewer, path, query);
  }

  @Patch('members/:userId')
  @Requires('members:write', { only: 'user' })
  @RecentSignIn()
  @Refuses(MemberNotFound, RoleAboveYours, LastOwner)
  @Returns(MemberView, { headers: ['etag'] })
  @ApiOperation({
    operationId: 'updateMember',
    summary: 'Give a member another role, none that may more than you',
  })
  update(
    @Caller() manager: Member,
    @Param({ schema: MemberPath }) path: MemberPath,
    @Body({ schema: MemberChanges }) { role }: MemberChanges,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.members.changeRole(manager, path, role, expected);
  }

  @Delete('members/:userId')
  @Requires('members:write', { only: 'user' })
  @Refuses(MemberNotFound, RoleAboveYours, LastOwner)
  @Returns()
  @ApiOperation({
    operationId: 'removeMember',
    summary: 'Remove a member; their sessions lose the organization at once',
  })
  remove(@Caller() manager: Member, @Param({ schema: MemberPath }) path: MemberPath) {
    return this.members.remove(manager, path);
  }

  @Delete('membership')
  @Authenticated()
  @Refuses(MemberNotFound, LastOwner)
  @Returns()
  @ApiOperation({ operationId: 'leaveOrganization', summary: 'Leave the organization' })
  leave(@Caller() member: Principal, @Param({ schema: OrganizationPath }) { id }: OrganizationPath) {
    return this.members.leave(member, id);
  }
}

import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RecentSignIn, Requires } from '../../../core/auth/access';
import { Caller, type Member } from '../../../core/auth/caller';
import { Creates } from '../../../core/http/creates';
import { type ExpectedVersions, IfMatch } from '../../../core/http/etag';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { RoleAboveYours } from '../authority';
import { OrganizationPath } from '../organizations.schema';
import { RoleChanges, RoleInput, RoleList, RolePath, RoleView } from './roles.schema';
import { RoleInUse, RoleNameTaken, RoleNotFound, RolesService, TooManyRoles } from './roles.service';

@ApiTags('organizations')
@Controller('v1/organizations/:id/roles')
@Refuses(OrganizationNotFound)
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  @Get()
  @Requires('members:read')
  @Returns(RoleList)
  @ApiOperation({
    operationId: 'listRoles',
    summary: 'List the roles there are, and what each may do',
    description: 'The role `owner` shows every permission there is, with what it allows.',
  })
  list(@Caller() viewer: Member, @Param({ schema: OrganizationPath }) { id }: OrganizationPath) {
    return this.roles.list(viewer, id);
  }

  @Post()
  @Requires('roles:write', { only: 'user' })
  @RecentSignIn()
  @Refuses(RoleAboveYours, RoleNameTaken, TooManyRoles)
  @Creates(RoleView)
  @ApiOperation({
    operationId: 'createRole',
    summary: 'Define a role out of permissions that you have',
    description: 'At most 50 an organization. Give it to members and invite to it by its name.',
  })
  create(
    @Caller() author: Member,
    @Param({ schema: OrganizationPath }) { id }: OrganizationPath,
    @Body({ schema: RoleInput }) input: RoleInput,
  ) {
    return this.roles.create(author, id, input);
  }

  @Get(':roleId')
  @Requires('members:read')
  @Refuses(RoleNotFound)
  @Returns(RoleView, { headers: ['etag'] })
  @ApiOperation({ operationId: 'getRole', summary: 'Get a role that the organization defined' })
  get(@Caller() viewer: Member, @Param({ schema: RolePath }) path: RolePath) {
    return this.roles.get(viewer, path);
  }

  @Patch(':roleId')
  @Requires('roles:write', { only: 'user' })
  @RecentSignIn()
  @Refuses(RoleNotFound, RoleAboveYours, RoleNameTaken)
  @Returns(RoleView, { headers: ['etag'] })
  @ApiOperation({
    operationId: 'updateRole',
    summary: 'Change a role, for everybody who has it',
    description: 'Takes effect within a second. You must have what the role allows, before and after.',
  })
  update(
    @Caller() author: Member,
    @Param({ schema: RolePath }) path: RolePath,
    @Body({ schema: RoleChanges }) changes: RoleChanges,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.roles.update(author, path, changes, expected);
  }

  @Delete(':roleId')
  @Requires('roles:write', { only: 'user' })
  @RecentSignIn()
  @Refuses(RoleNotFound, RoleAboveYours, RoleInUse)
  @Returns()
  @ApiOperation({
    operationId: 'removeRole',
    summary: 'Delete a role that nobody has and nobody is invited to',
  })
  remove(
    @Caller() author: Member,
    @Param({ schema: RolePath }) path: RolePath,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.roles.remove(author, path, expected);
  }
}

import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '../../../core/auth/access';
import { Caller, type Member } from '../../../core/auth/caller';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { OrganizationPath } from '../organizations.schema';
import { RoleList } from './roles.schema';
import { RolesService } from './roles.service';

@ApiTags('organizations')
@Controller('v1/organizations/:id/roles')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  @Get()
  @Requires('members:read')
  @Refuses(OrganizationNotFound)
  @Returns(RoleList)
  @ApiOperation({ operationId: 'listRoles', summary: 'List the roles there are, and what each may do' })
  list(@Caller() viewer: Member, @Param({ schema: OrganizationPath }) { id }: OrganizationPath) {
    return this.roles.list(viewer, id);
  }
}

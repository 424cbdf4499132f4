import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, Requires } from '../../core/auth/access';
import { Caller, type Member } from '../../core/auth/caller';
import type { Principal } from '../../core/auth/principal';
import { Refuses } from '../../core/http/refuses';
import type { ListQuery } from '../../core/lists/list';
import { ReturnsPage } from '../../core/lists/returns-page';
import { Topic } from '../../core/openapi/topic';
import { OrganizationNotFound } from '../../core/tenancy/problems';
import { OrganizationPath, organizationSecurityEventList, securityEventList } from './security-events.schema';
import { SecurityEventsService } from './security-events.service';

@Topic('security events', 'What touched the security of your account, and of your organization.')
@Controller('v1')
export class SecurityEventsController {
  constructor(private readonly events: SecurityEventsService) {}

  @Get('me/security-events')
  @Authenticated()
  @ReturnsPage(securityEventList)
  @ApiOperation({
    operationId: 'listMySecurityEvents',
    summary: 'List what touched the security of my account',
    description: 'Newest first. Events are kept for a while (180 days unless the operator chose otherwise).',
  })
  listOwn(@Caller() owner: Principal, @Query({ schema: securityEventList.query }) query: ListQuery) {
    return this.events.listOwn(owner, query);
  }

  @Get('organizations/:id/security-events')
  @Requires('security-events:read')
  @Refuses(OrganizationNotFound)
  @ReturnsPage(organizationSecurityEventList)
  @ApiOperation({
    operationId: 'listOrganizationSecurityEvents',
    summary: 'List what touched the security of the organization',
    description:
      'What concerns the organization and its members in it, newest first. From where and on which device a member acted is not shown: that is the member’s own.',
  })
  listOfOrganization(
    @Caller() viewer: Member,
    @Param({ schema: OrganizationPath }) { id }: OrganizationPath,
    @Query({ schema: organizationSecurityEventList.query }) query: ListQuery,
  ) {
    return this.events.listOfOrganization(viewer, id, query);
  }
}

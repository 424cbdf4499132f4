import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, RecentSignIn, Requires } from '../../core/auth/access';
import { Caller, type Member } from '../../core/auth/caller';
import type { Principal } from '../../core/auth/principal';
import { Creates } from '../../core/http/creates';
import { type ExpectedVersions, IfMatch } from '../../core/http/etag';
import { Refuses } from '../../core/http/refuses';
import { Returns } from '../../core/http/returns';
import type { ItemQuery, ListQuery } from '../../core/lists/list';
import { ReturnsPage } from '../../core/lists/returns-page';
import { Topic } from '../../core/openapi/topic';
import { OrganizationNotFound } from '../../core/tenancy/problems';
import { ErasureService } from './erasure/erasure.service';
import {
  OrganizationChanges,
  OrganizationInput,
  organizationItem,
  OrganizationPath,
  OrganizationView,
  ownOrganizationList,
} from './organizations.schema';
import { OrganizationsService, SlugTaken } from './organizations.service';

@Topic('organizations', 'Organizations, who belongs to them, and who is asked to.')
@Controller('v1/organizations')
export class OrganizationsController {
  constructor(
    private readonly organizations: OrganizationsService,
    private readonly erasure: ErasureService,
  ) {}

  @Get()
  @Authenticated()
  @ReturnsPage(ownOrganizationList)
  @ApiOperation({ operationId: 'listOrganizations', summary: 'List the organizations you belong to' })
  list(@Caller() viewer: Principal, @Query({ schema: ownOrganizationList.query }) query: ListQuery) {
    return this.organizations.list(viewer, query);
  }

  @Post()
  @Authenticated()
  @Refuses(SlugTaken)
  @Creates(OrganizationView)
  @ApiOperation({
    operationId: 'createOrganization',
    summary: 'Found an organization and become its owner',
    description: 'Choose it with `PUT /v1/auth/session/organization` to work in it.',
  })
  create(@Caller() founder: Principal, @Body({ schema: OrganizationInput }) input: OrganizationInput) {
    return this.organizations.create(founder, input);
  }

  @Get(':id')
  @Requires('organizations:read')
  @Refuses(OrganizationNotFound)
  @Returns(OrganizationView, { sparse: true, headers: ['etag'] })
  @ApiOperation({ operationId: 'getOrganization', summary: 'Get the active organization' })
  get(
    @Caller() viewer: Member,
    @Param({ schema: OrganizationPath }) { id }: OrganizationPath,
    @Query({ schema: organizationItem.itemQuery }) query: ItemQuery,
  ) {
    return this.organizations.get(viewer, id, query);
  }

  @Patch(':id')
  @Requires('organizations:write')
  @Refuses(OrganizationNotFound, SlugTaken)
  @Returns(OrganizationView, { headers: ['etag'] })
  @ApiOperation({ operationId: 'updateOrganization', summary: 'Change the active organization' })
  update(
    @Caller() editor: Member,
    @Param({ schema: OrganizationPath }) { id }: OrganizationPath,
    @Body({ schema: OrganizationChanges }) changes: OrganizationChanges,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.organizations.update(editor, id, changes, expected);
  }

  @Delete(':id')
  @Requires('organizations:remove', { only: 'user' })
  @RecentSignIn()
  @Refuses(OrganizationNotFound)
  @Returns()
  @ApiOperation({
    operationId: 'removeOrganization',
    summary: 'Remove the active organization with everything in it',
    description:
      'Its members lose it at once. What belongs to it is erased soon after, and cannot be brought back.',
  })
  remove(
    @Caller() owner: Member,
    @Param({ schema: OrganizationPath }) { id }: OrganizationPath,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.erasure.remove(owner, id, expected);
  }
}

import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated } from '../../core/auth/access';
import { Caller } from '../../core/auth/caller';
import type { Principal } from '../../core/auth/principal';
import { type ExpectedVersions, IfMatch } from '../../core/http/etag';
import { Returns } from '../../core/http/returns';
import { Topic } from '../../core/openapi/topic';
import type { User } from './user.entity';
import { me, type MeChanges, meChanges, myPermissions } from './users.schema';
import { UsersService } from './users.service';

@Controller('v1/me')
@Topic('me', 'Your own account.')
@Authenticated()
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @ApiOperation({ summary: 'Show my account', operationId: 'getMe' })
  @Returns(me, { headers: ['etag'] })
  async get(@Caller() owner: Principal) {
    return shown(await this.users.get(owner.userId));
  }

  @Patch()
  @ApiOperation({ summary: 'Change my account', operationId: 'updateMe' })
  @Returns(me, { headers: ['etag'] })
  async update(
    @Caller() owner: Principal,
    @Body({ schema: meChanges }) changes: MeChanges,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return shown(await this.users.update(owner.userId, changes, expected));
  }

  @Get('permissions')
  @ApiOperation({ summary: 'Show what I may do', operationId: 'getMyPermissions' })
  @Returns(myPermissions)
  permissions(@Caller() owner: Principal) {
    const { tenantId, role, permissions } = owner;
    return { organizationId: tenantId, role, permissions: [...permissions].toSorted() };
  }
}

const shown = ({ emailVerifiedAt, ...user }: User) => ({ ...user, emailVerified: emailVerifiedAt !== null });

import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Authenticated, RecentSignIn } from '../../../core/auth/access';
import { Caller } from '../../../core/auth/caller';
import type { Principal } from '../../../core/auth/principal';
import { Creates } from '../../../core/http/creates';
import { type ExpectedVersions, IfMatch } from '../../../core/http/etag';
import { Refuses } from '../../../core/http/refuses';
import { Returns } from '../../../core/http/returns';
import { Topic } from '../../../core/openapi/topic';
import { ChallengeNotUsable } from '../sign-in/challenges';
import { LastWayIn } from '../sign-in/ways-in';
import { PasskeyTaken, TooManyPasskeys } from './new-passkeys';
import { PasskeyNotRegistered, PasskeyRegistrations } from './passkey-registrations';
import {
  creationOptions,
  newPasskey,
  type NewPasskey,
  passkeyChanges,
  type PasskeyChanges,
  passkeyList,
  passkeyPath,
  type PasskeyPath,
  passkeyView,
} from './passkeys.schema';
import { PasskeyNotFound, PasskeysService } from './passkeys.service';

@Controller('v1/me/passkeys')
@Topic('me', 'Your own account.')
@Authenticated()
export class PasskeysController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly registrations: PasskeyRegistrations,
  ) {}

  @Post('options')
  @RecentSignIn()
  @ApiOperation({ summary: 'Ask how to make a passkey', operationId: 'getPasskeyCreationOptions' })
  @Returns(creationOptions)
  options(@Caller() owner: Principal) {
    return this.registrations.options(owner.userId);
  }

  @Post()
  @RecentSignIn()
  @ApiOperation({ summary: 'Add a passkey', operationId: 'addPasskey' })
  @Refuses(ChallengeNotUsable, PasskeyNotRegistered, PasskeyTaken, TooManyPasskeys)
  @Creates(passkeyView)
  add(@Caller() owner: Principal, @Body({ schema: newPasskey }) body: NewPasskey) {
    return this.registrations.register(owner.userId, body);
  }

  @Get()
  @ApiOperation({ summary: 'List my passkeys', operationId: 'listMyPasskeys' })
  @Returns(passkeyList)
  async list(@Caller() owner: Principal) {
    return { items: await this.passkeys.list(owner.userId), nextCursor: null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get one of my passkeys', operationId: 'getMyPasskey' })
  @Refuses(PasskeyNotFound)
  @Returns(passkeyView, { headers: ['etag'] })
  get(@Caller() owner: Principal, @Param({ schema: passkeyPath }) { id }: PasskeyPath) {
    return this.passkeys.get(owner.userId, id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Rename one of my passkeys', operationId: 'updateMyPasskey' })
  @Refuses(PasskeyNotFound)
  @Returns(passkeyView, { headers: ['etag'] })
  update(
    @Caller() owner: Principal,
    @Param({ schema: passkeyPath }) { id }: PasskeyPath,
    @Body({ schema: passkeyChanges }) changes: PasskeyChanges,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.passkeys.update(owner.userId, id, changes, expected);
  }

  @Delete(':id')
  @RecentSignIn()
  @ApiOperation({
    summary: 'Remove one of my passkeys',
    operationId: 'removeMyPasskey',
    description:
      'Ends your other sessions, and this one no longer counts as opened with a passkey. The last way to sign in stays.',
  })
  @Refuses(PasskeyNotFound, LastWayIn)
  @Returns()
  remove(
    @Caller() owner: Principal,
    @Param({ schema: passkeyPath }) { id }: PasskeyPath,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.passkeys.remove(owner, id, expected);
  }
}

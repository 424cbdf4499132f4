import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { RecentSignIn, Requires } from '../../core/auth/access';
import { Caller, type Member } from '../../core/auth/caller';
import { type ExpectedVersions, IfMatch } from '../../core/http/etag';
import { Idempotent } from '../../core/http/idempotency/idempotent';
import { Refuses } from '../../core/http/refuses';
import { Returns } from '../../core/http/returns';
import type { ItemQuery, ListQuery } from '../../core/lists/list';
import { ReturnsPage } from '../../core/lists/returns-page';
import { Topic } from '../../core/openapi/topic';
import {
  ApiKeyChanges,
  ApiKeyInput,
  apiKeyList,
  ApiKeyPath,
  ApiKeyRotation,
  ApiKeyView,
  NewApiKeyView,
} from './api-keys.schema';
import { ApiKeysService } from './api-keys.service';
import { ApiKeyNotFound, ScopeAboveYours } from './key-authority';
import { KeySecrets, TooManyApiKeys } from './key-secrets';

@Topic('api-keys', 'Keys with which programs call this API for your organization.')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly secrets: KeySecrets,
  ) {}

  @Get()
  @Requires('api-keys:read')
  @ReturnsPage(apiKeyList)
  @ApiOperation({ operationId: 'listApiKeys', summary: 'List the API keys of your organization' })
  list(@Caller() viewer: Member, @Query({ schema: apiKeyList.query }) query: ListQuery) {
    return this.keys.list(viewer, query);
  }

  @Post()
  @Requires('api-keys:write', { only: 'user' })
  @RecentSignIn()
  @Idempotent('accepted', { secret: true })
  @Returns(NewApiKeyView, { status: 201, headers: ['location', 'etag'] })
  @Refuses(ScopeAboveYours, TooManyApiKeys)
  @ApiOperation({ operationId: 'createApiKey', summary: 'Create an API key' })
  create(@Caller() author: Member, @Body({ schema: ApiKeyInput }) input: ApiKeyInput) {
    return this.secrets.create(author, input);
  }

  @Get(':id')
  @Requires('api-keys:read')
  @Returns(ApiKeyView, { sparse: true, headers: ['etag'] })
  @Refuses(ApiKeyNotFound)
  @ApiOperation({ operationId: 'getApiKey', summary: 'Get an API key, without its secret' })
  get(
    @Caller() viewer: Member,
    @Param({ schema: ApiKeyPath }) { id }: ApiKeyPath,
    @Query({ schema: apiKeyList.itemQuery }) query: ItemQuery,
  ) {
    return this.keys.get(viewer, id, query);
  }

  @Patch(':id')
  @Requires('api-keys:write', { only: 'user' })
  @RecentSignIn()
  @Returns(ApiKeyView, { headers: ['etag'] })
  @Refuses(ApiKeyNotFound, ScopeAboveYours)
  @ApiOperation({ operationId: 'updateApiKey', summary: 'Change the name or the scopes of an API key' })
  update(
    @Caller() author: Member,
    @Param({ schema: ApiKeyPath }) { id }: ApiKeyPath,
    @Body({ schema: ApiKeyChanges }) changes: ApiKeyChanges,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.keys.update(author, id, changes, expected);
  }

  @Delete(':id')
  @Requires('api-keys:write', { only: 'user' })
  @Returns()
  @Refuses(ApiKeyNotFound)
  @ApiOperation({ operationId: 'removeApiKey', summary: 'Revoke an API key' })
  remove(
    @Caller() author: Member,
    @Param({ schema: ApiKeyPath }) { id }: ApiKeyPath,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.keys.remove(author, id, expected);
  }

  @Post(':id/rotation')
  @Requires('api-keys:write', { only: 'user' })
  @RecentSignIn()
  @Idempotent('accepted', { secret: true })
  @Returns(NewApiKeyView, { headers: ['etag'] })
  @Refuses(ApiKeyNotFound, ScopeAboveYours)
  @ApiOperation({ operationId: 'rotateApiKey', summary: 'Give an API key a new secret' })
  rotate(
    @Caller() author: Member,
    @Param({ schema: ApiKeyPath }) { id }: ApiKeyPath,
    @Body({ schema: ApiKeyRotation }) rotation: ApiKeyRotation,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.secrets.rotate(author, id, rotation, expected);
  }
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Member } from '../../core/auth/caller';
import { Permissions } from '../../core/auth/permissions';
import { assertVersion, type ExpectedVersions } from '../../core/http/etag';
import { defineProblem } from '../../core/http/problem';
import { ValidationFailed } from '../../core/http/problems';
import { ApiKey } from './api-key.entity';

export const ApiKeyNotFound = defineProblem(
  'not-found',
  'api_key_not_found',
  'There is no such API key',
  'Check the id; GET /v1/api-keys lists the keys of your organization.',
);
export const ScopeAboveYours = defineProblem(
  'forbidden',
  'scope_above_yours',
  'An API key that you make, change or rotate may do no more than you',
  'Leave the scopes in `scopes` out, or ask somebody who has these permissions.',
);

/**
 * Whether somebody may have a hand in a key: only as far as their own permissions reach, or a rotation would hand
 * them the secret of what they may not do themselves. Revoking is open to all who manage keys.
 */
@Injectable()
export class KeyAuthority {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly permissions: Permissions,
  ) {}

  /** The key, held until the transaction ends. @throws Problem api_key_not_found, precondition_failed */
  async lock({ tenantId }: Member, id: string, expected: ExpectedVersions): Promise<ApiKey> {
    const key = await this.keys.findOne({ where: { tenantId, id }, lock: { mode: 'pessimistic_write' } });
    if (!key) throw ApiKeyNotFound();
    assertVersion(key.version, expected);
    return key;
  }

  /** @throws Problem validation_failed for what is no permission */
  assertKnown(scopes: readonly string[]): void {
    const detail = 'is not a permission: GET /v1/me/permissions lists yours';
    const errors = scopes.flatMap((scope, index) =>
      this.permissions.has(scope)
        ? []
        : [{ pointer: `/scopes/${index}`, code: 'unknown_permission', detail }],
    );
    if (errors.length > 0) throw ValidationFailed({ errors });
  }

  /** @throws Problem scope_above_yours; what no module registers any more does not count */
  assertReaches(author: Member, scopes: readonly string[]): void {
    const above = scopes.filter((scope) => this.permissions.has(scope) && !author.permissions.has(scope));
    if (above.length > 0) throw ScopeAboveYours({ extensions: { scopes: above } });
  }
}

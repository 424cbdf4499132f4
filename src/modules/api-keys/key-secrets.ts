import { Inject, Injectable } from '@nestjs/common';
import type { Member } from '../../core/auth/caller';
import { Database } from '../../core/database/database';
import type { ExpectedVersions } from '../../core/http/etag';
import { defineProblem } from '../../core/http/problem';
import { ValidationFailed } from '../../core/http/problems';
import { ApiKey } from './api-key.entity';
import { apiKeysConfig, type ApiKeysConfig } from './api-keys.config';
import type { ApiKeyInput, ApiKeyRotation } from './api-keys.schema';
import { KeyAuthority } from './key-authority';
import { keyCreated, KeyNews, keyRotated } from './key-news';
import { hashOf, hintOf, newSecret } from './secret';

export const TooManyApiKeys = defineProblem(
  'conflict',
  'too_many_api_keys',
  'The organization has as many API keys as it may have',
  'Remove keys that nobody uses: `lastUsedAt` of GET /v1/api-keys tells which.',
);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Hands out secrets: for a new key, and for one that goes on under another. */
@Injectable()
export class KeySecrets {
  constructor(
    private readonly database: Database,
    private readonly authority: KeyAuthority,
    private readonly news: KeyNews,
    @Inject(apiKeysConfig.token) private readonly config: ApiKeysConfig,
  ) {}

  /** @throws Problem validation_failed, scope_above_yours, too_many_api_keys */
  create(author: Member, { name, scopes, expiresAt }: ApiKeyInput) {
    this.authority.assertKnown(scopes);
    this.authority.assertReaches(author, scopes);
    const ends = this.endOf(expiresAt);
    return this.database.transaction(async () => {
      await this.makeSureOfRoom(author.tenantId);
      const { tenantId, userId: createdBy } = author;
      const secret = newSecret(tenantId);
      const kept = { secretHash: hashOf(secret), hint: hintOf(secret), expiresAt: ends };
      const nothing = { previousSecretHash: null, previousSecretExpiresAt: null, lastUsedAt: null };
      const { manager } = this.database;
      const key = manager.create(ApiKey, { tenantId, name, scopes, createdBy, ...kept, ...nothing });
      await manager.insert(ApiKey, key);
      await this.news.tell(keyCreated, key, author);
      return Object.assign(key, { secret });
    });
  }

  /**
   * A new secret, beside which the one until now works for the overlap; the one before that ends.
   * @throws Problem validation_failed, api_key_not_found, precondition_failed, scope_above_yours
   */
  rotate(
    author: Member,
    id: string,
    { overlapHours, expiresAt }: ApiKeyRotation,
    expected: ExpectedVersions,
  ) {
    const ends = this.endOf(expiresAt);
    return this.database.transaction(async () => {
      const key = await this.authority.lock(author, id, expected);
      this.authority.assertReaches(author, key.scopes);
      const secret = newSecret(author.tenantId);
      const overlapEnds = Math.min(key.expiresAt.getTime(), Date.now() + overlapHours * HOUR_MS);
      const goesOn = overlapEnds > Date.now();
      await this.database.manager.save(
        Object.assign(key, {
          previousSecretHash: goesOn ? key.secretHash : null,
          previousSecretExpiresAt: goesOn ? new Date(overlapEnds) : null,
          secretHash: hashOf(secret),
          hint: hintOf(secret),
          expiresAt: ends,
        }),
      );
      await this.news.tell(keyRotated, key, author);
      return Object.assign(key, { secret });
    });
  }

  private endOf(asked: string | undefined): Date {
    const { API_KEYS_DAYS: days, API_KEYS_MAX_DAYS: most } = this.config;
    const end = asked === undefined ? Date.now() + Math.min(days, most) * DAY_MS : Date.parse(asked);
    if (end > Date.now() && end <= Date.now() + most * DAY_MS) return new Date(end);
    const detail = `is not a time to come within ${most} days`;
    throw ValidationFailed({ errors: [{ pointer: '/expiresAt', code: 'out_of_range', detail }] });
  }

  /** Keys are made one after the other in an organization, or many at once would all pass on one count. */
  private async makeSureOfRoom(tenantId: string): Promise<void> {
    const lock = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';
    await this.database.manager.query(lock, [`api_keys:${tenantId}`]);
    const count = await this.database.manager.countBy(ApiKey, { tenantId });
    if (count >= this.config.API_KEYS_PER_ORGANIZATION) throw TooManyApiKeys();
  }
}

import { Injectable } from '@nestjs/common';
import type { Member } from '../../core/auth/caller';
import { Database } from '../../core/database/database';
import type { ExpectedVersions } from '../../core/http/etag';
import type { ItemQuery, ListQuery } from '../../core/lists/list';
import { Lists } from '../../core/lists/lists';
import { ApiKey } from './api-key.entity';
import { type ApiKeyChanges, apiKeyList } from './api-keys.schema';
import { ApiKeyNotFound, KeyAuthority } from './key-authority';
import { KeyNews, keyRemoved, keyUpdated } from './key-news';

/** The API keys that an organization has; {@link KeySecrets} makes them. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly lists: Lists,
    private readonly authority: KeyAuthority,
    private readonly news: KeyNews,
  ) {}

  list(viewer: Member, query: ListQuery) {
    return this.lists.page(apiKeyList, { tenantId: viewer.tenantId }, query);
  }

  async get(viewer: Member, id: string, query: ItemQuery) {
    const key = await this.lists.find(apiKeyList, { tenantId: viewer.tenantId, id }, query);
    if (!key) throw ApiKeyNotFound();
    return key;
  }

  update(author: Member, id: string, changes: ApiKeyChanges, expected: ExpectedVersions): Promise<ApiKey> {
    this.authority.assertKnown(changes.scopes ?? []);
    return this.database.transaction(async () => {
      const key = Object.assign(await this.authority.lock(author, id, expected), changes);
      this.authority.assertReaches(author, key.scopes);
      await this.database.manager.save(key);
      await this.news.tell(keyUpdated, key, author);
      return key;
    });
  }

  /** Its secrets are refused from here on: at once in this instance, within a second in the others. */
  remove(author: Member, id: string, expected: ExpectedVersions): Promise<void> {
    return this.database.transaction(async () => {
      const key = await this.authority.lock(author, id, expected);
      await this.database.manager.delete(ApiKey, { tenantId: author.tenantId, id });
      await this.news.tell(keyRemoved, key, author);
    });
  }
}

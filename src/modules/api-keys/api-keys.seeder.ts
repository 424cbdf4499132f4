import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Permissions } from '../../core/auth/permissions';
import { Database } from '../../core/database/database';
import type { SeedOrganization, Seeder } from '../../core/seeding/seeds';
import { hashOf, hintOf, newSecret } from './secret';

const MAKE = `
  insert into api_keys (tenant_id, name, scopes, secret_hash, hint, expires_at, created_by, version)
  values ($1, 'Demo key', $2, $3, $4, now() + interval '1 year', $5, 1)
  on conflict (tenant_id, secret_hash) do update
    set expires_at = excluded.expires_at, scopes = excluded.scopes, version = api_keys.version + 1
    where api_keys.expires_at < now() + interval '1 day' or api_keys.scopes <> excluded.scopes`;

/**
 * A key for each demo organization that may do what an editor may. Its secret follows from the organization, so that
 * seeding again prints the one that is there: as little of a secret as the password of the demo people.
 */
@Injectable()
export class ApiKeysSeeder implements Seeder {
  constructor(
    private readonly database: Database,
    private readonly permissions: Permissions,
  ) {}

  async content(organization: SeedOrganization): Promise<void> {
    const { id, users } = organization;
    const secret = newSecret(id, createHash('sha256').update(`demo key of ${id}`).digest());
    const scopes = [...this.permissions.of('editor')].toSorted();
    await this.database.manager.query(MAKE, [id, scopes, hashOf(secret), hintOf(secret), users[0]!.id]);
    organization.apiKey = secret;
    const rows = await this.database.rows<{ id: string }>(
      'select id from api_keys where tenant_id = $1 order by id limit 1',
      [id],
    );
    organization.samples.apiKeyId = rows[0]!.id;
  }
}

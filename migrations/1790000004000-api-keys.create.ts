import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys of organizations for programs. Secrets are hashes; the one before the last rotation works for a while. */
export class ApiKeysCreate1790000004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table api_keys (
        id uuid not null default uuidv7(),
        tenant_id uuid not null,
        name text not null,
        scopes text[] not null,
        secret_hash bytea not null,
        hint text not null,
        expires_at timestamptz(3) not null,
        previous_secret_hash bytea,
        previous_secret_expires_at timestamptz(3),
        last_used_at timestamptz(3),
        created_by uuid,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        version integer not null,
        constraint api_keys_pkey primary key (id),
        constraint api_keys_tenant_id_secret_hash_key unique (tenant_id, secret_hash),
        constraint api_keys_created_by_fkey foreign key (created_by) references users (id) on delete set null
      );
      create index api_keys_tenant_id_previous_secret_hash_idx on api_keys (tenant_id, previous_secret_hash);
      create index api_keys_tenant_id_created_at_id_idx on api_keys (tenant_id, created_at, id);
      create index api_keys_created_by_idx on api_keys (created_by);
      call isolate_tenants('api_keys');`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table api_keys;');
  }
}

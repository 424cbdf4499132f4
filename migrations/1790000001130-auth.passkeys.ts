import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Passkeys: public keys, and the random names under which authenticators know their owners. */
export class AuthPasskeys1790000001130 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth_passkey_holders (
        user_id uuid not null,
        handle bytea not null,
        constraint auth_passkey_holders_pkey primary key (user_id),
        constraint auth_passkey_holders_handle_key unique (handle),
        constraint auth_passkey_holders_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );

      create table auth_passkeys (
        id uuid not null default uuidv7(),
        user_id uuid not null,
        name text not null,
        credential_id bytea not null,
        public_key bytea not null,
        sign_count bigint not null,
        backup_eligible boolean not null,
        backed_up boolean not null,
        transports text[] not null default '{}',
        version integer not null default 1,
        created_at timestamptz(3) not null default now(),
        last_used_at timestamptz(3),
        constraint auth_passkeys_pkey primary key (id),
        constraint auth_passkeys_credential_id_key unique (credential_id),
        constraint auth_passkeys_credential_id_check check (length(credential_id) between 16 and 1023),
        constraint auth_passkeys_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );
      create index auth_passkeys_user_id_idx on auth_passkeys (user_id);`);
    for (const table of ['auth_passkey_holders', 'auth_passkeys']) {
      await runner.query(`
        alter table ${table} enable row level security;
        alter table ${table} force row level security;
        create policy own_rows on ${table} using (
          (select current_user_id()) is null or user_id = (select current_user_id()));`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table auth_passkeys; drop table auth_passkey_holders;');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What proves who somebody is. Secrets are hashes or sealed. Row policy: a signed-in caller reaches only their own
 * rows; the look-ups that come before (log-in, refresh, the token check, schedules) run without a user and see all.
 */
export class AuthCreate1790000001100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth_passwords (
        user_id uuid not null,
        hash text not null,
        updated_at timestamptz(3) not null default now(),
        constraint auth_passwords_pkey primary key (user_id),
        constraint auth_passwords_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );

      create table auth_one_time_tokens (
        hash bytea not null,
        kind text not null,
        user_id uuid not null,
        password_hash text,
        expires_at timestamptz(3) not null,
        created_at timestamptz(3) not null default now(),
        constraint auth_one_time_tokens_pkey primary key (hash),
        constraint auth_one_time_tokens_kind_check check (kind in ('email_verification', 'password_reset')),
        constraint auth_one_time_tokens_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );
      create index auth_one_time_tokens_user_id_kind_idx on auth_one_time_tokens (user_id, kind);
      create index auth_one_time_tokens_expires_at_idx on auth_one_time_tokens (expires_at);

      create table auth_sessions (
        id uuid not null default uuidv7(),
        user_id uuid not null,
        organization_id uuid,
        user_agent text,
        created_at timestamptz(3) not null default now(),
        last_used_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null,
        constraint auth_sessions_pkey primary key (id),
        constraint auth_sessions_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );
      create index auth_sessions_user_id_idx on auth_sessions (user_id);
      create index auth_sessions_expires_at_idx on auth_sessions (expires_at);
      create index auth_sessions_last_used_at_idx on auth_sessions (last_used_at);

      create table auth_refresh_tokens (
        hash bytea not null,
        session_id uuid not null,
        used_at timestamptz(3),
        created_at timestamptz(3) not null default now(),
        constraint auth_refresh_tokens_pkey primary key (hash),
        constraint auth_refresh_tokens_session_id_fkey
          foreign key (session_id) references auth_sessions (id) on delete cascade
      );
      create index auth_refresh_tokens_session_id_idx on auth_refresh_tokens (session_id);
      create index auth_refresh_tokens_used_at_idx on auth_refresh_tokens (used_at);

      create table auth_login_attempts (
        account_and_network bytea not null,
        failures integer not null default 1,
        blocked_until timestamptz(3) not null default now(),
        attempted_at timestamptz(3) not null default now(),
        constraint auth_login_attempts_pkey primary key (account_and_network)
      );
      create index auth_login_attempts_attempted_at_idx on auth_login_attempts (attempted_at);

      create table auth_keys (
        kid text not null,
        status text not null,
        public_jwk jsonb not null,
        sealed_private_key bytea not null,
        created_at timestamptz(3) not null default now(),
        retired_at timestamptz(3),
        constraint auth_keys_pkey primary key (kid),
        constraint auth_keys_status_check check (status in ('current', 'next', 'retired'))
      );
      create unique index auth_keys_status_idx on auth_keys (status) where status <> 'retired';`);
    for (const table of ['auth_passwords', 'auth_one_time_tokens', 'auth_sessions']) {
      await runner.query(`
        alter table ${table} enable row level security;
        alter table ${table} force row level security;
        create policy own_rows on ${table} using (
          (select current_user_id()) is null or user_id = (select current_user_id()));`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table auth_keys;
      drop table auth_login_attempts;
      drop table auth_refresh_tokens;
      drop table auth_sessions;
      drop table auth_one_time_tokens;
      drop table auth_passwords;`);
  }
}

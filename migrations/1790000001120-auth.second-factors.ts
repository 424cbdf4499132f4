import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One-time codes (their secrets sealed), recovery codes (hashes), and how often codes were guessed wrongly. */
export class AuthSecondFactors1790000001120 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth_totp (
        user_id uuid not null,
        sealed_secret bytea not null,
        last_step integer not null,
        created_at timestamptz(3) not null default now(),
        constraint auth_totp_pkey primary key (user_id),
        constraint auth_totp_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );

      create table auth_recovery_codes (
        hash bytea not null,
        user_id uuid not null,
        created_at timestamptz(3) not null default now(),
        constraint auth_recovery_codes_pkey primary key (hash),
        constraint auth_recovery_codes_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );
      create index auth_recovery_codes_user_id_idx on auth_recovery_codes (user_id);

      create table auth_code_attempts (
        user_id uuid not null,
        failures integer not null default 1,
        blocked_until timestamptz(3),
        attempted_at timestamptz(3) not null default now(),
        constraint auth_code_attempts_pkey primary key (user_id),
        constraint auth_code_attempts_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );
      create index auth_code_attempts_attempted_at_idx on auth_code_attempts (attempted_at);`);
    for (const table of ['auth_totp', 'auth_recovery_codes', 'auth_code_attempts']) {
      await runner.query(`
        alter table ${table} enable row level security;
        alter table ${table} force row level security;
        create policy own_rows on ${table} using (
          (select current_user_id()) is null or user_id = (select current_user_id()));`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table auth_code_attempts;
      drop table auth_recovery_codes;
      drop table auth_totp;`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts at other providers that sign their owners in. Their tokens are sealed. */
export class AuthSocial1790000001140 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth_identities (
        id uuid not null default uuidv7(),
        user_id uuid not null,
        provider text not null,
        issuer text not null,
        subject text not null,
        email text,
        name text,
        avatar_url text,
        sealed_tokens bytea,
        created_at timestamptz(3) not null default now(),
        last_used_at timestamptz(3) not null default now(),
        constraint auth_identities_pkey primary key (id),
        constraint auth_identities_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
        constraint auth_identities_issuer_subject_key unique (issuer, subject)
      );
      create index auth_identities_user_id_idx on auth_identities (user_id);

      alter table auth_identities enable row level security;
      alter table auth_identities force row level security;
      create policy own_rows on auth_identities using (
        (select current_user_id()) is null or user_id = (select current_user_id()));`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table auth_identities;');
  }
}

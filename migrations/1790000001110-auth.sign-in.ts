import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How and from where a session was opened, and what a sign-in of several steps remembers between them. */
export class AuthSignIn1790000001110 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth_sessions
        add column address text,
        add column methods text[] not null default '{}',
        add column authenticated_at timestamptz(3) not null default now();

      create table auth_challenges (
        hash bytea not null,
        kind text not null,
        user_id uuid,
        content jsonb not null,
        attempts integer not null default 0,
        expires_at timestamptz(3) not null,
        constraint auth_challenges_pkey primary key (hash),
        constraint auth_challenges_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );
      create index auth_challenges_user_id_idx on auth_challenges (user_id);
      create index auth_challenges_expires_at_idx on auth_challenges (expires_at);

      alter table auth_challenges enable row level security;
      alter table auth_challenges force row level security;
      create policy own_rows on auth_challenges using (
        (select current_user_id()) is null or user_id = (select current_user_id()));`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table auth_challenges;
      alter table auth_sessions drop column address, drop column methods, drop column authenticated_at;`);
  }
}

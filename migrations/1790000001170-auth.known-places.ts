import type { MigrationInterface, QueryRunner } from 'typeorm';

/** From where somebody has signed in before: hashes, so that the table names neither networks nor devices. */
export class AuthKnownPlaces1790000001170 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth_known_places (
        user_id uuid not null,
        place bytea not null,
        last_used_at timestamptz(3) not null default now(),
        constraint auth_known_places_pkey primary key (user_id, place),
        constraint auth_known_places_user_id_fkey foreign key (user_id) references users (id) on delete cascade
      );
      create index auth_known_places_last_used_at_idx on auth_known_places (last_used_at);
      alter table auth_known_places enable row level security;
      alter table auth_known_places force row level security;
      create policy own_rows on auth_known_places using (
        (select current_user_id()) is null or user_id = (select current_user_id()));`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table auth_known_places;');
  }
}

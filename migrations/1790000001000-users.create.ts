import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * People. No row policy: an address is looked up before anybody is signed in, and members of an organization see
 * each other's names; every access goes through UsersService with an explicit id.
 */
export class UsersCreate1790000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table users (
        id uuid not null default uuidv7(),
        email text not null,
        name text not null,
        email_verified_at timestamptz(3),
        version integer not null default 1,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        constraint users_pkey primary key (id),
        constraint users_email_key unique (email),
        constraint users_email_lower_check check (email = lower(email))
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table users');
  }
}

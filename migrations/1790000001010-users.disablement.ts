import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts whose owner may not sign in for the time being. */
export class UsersDisablement1790000001010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table users add column disabled_at timestamptz(3)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table users drop column disabled_at');
  }
}

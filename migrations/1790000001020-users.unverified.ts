import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the few accounts that were never verified among all, to delete them in time. */
export class UsersUnverified1790000001020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'create index users_created_at_unverified_idx on users (created_at) where email_verified_at is null',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index users_created_at_unverified_idx');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Organizations may let in only who showed a second factor. */
export class OrganizationsSecondFactor1790000002020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table organizations add column requires_second_factor boolean not null default false',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table organizations drop column requires_second_factor');
  }
}

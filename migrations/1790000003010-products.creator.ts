import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who created a product: a user or an API key, so no foreign key; null of what was there before. */
export class ProductsCreator1790000003010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table products add column created_by uuid;');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table products drop column created_by;');
  }
}

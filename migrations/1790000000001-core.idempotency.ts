import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers given under an Idempotency-Key. The owner column holds caller and organization; nobody lists this table. */
export class CoreIdempotency1790000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table idempotency_keys (
        owner text not null,
        key text not null,
        fingerprint bytea not null,
        body jsonb not null,
        created_at timestamptz(3) not null default now(),
        constraint idempotency_keys_pkey primary key (owner, key)
      );
      create index idempotency_keys_created_at_idx on idempotency_keys (created_at);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table idempotency_keys;');
  }
}

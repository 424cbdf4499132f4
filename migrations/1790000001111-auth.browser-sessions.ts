import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions that a cookie proves, and what a used refresh token keeps for its grace. */
export class AuthBrowserSessions1790000001111 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth_sessions add column cookie_hash bytea;
      create unique index auth_sessions_cookie_hash_idx on auth_sessions (cookie_hash);
      alter table auth_refresh_tokens add column sealed_successor bytea;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth_refresh_tokens drop column sealed_successor;
      alter table auth_sessions drop column cookie_hash;`);
  }
}

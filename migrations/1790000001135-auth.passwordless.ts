import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Magic links, bound to who asked for them; which password a sign-in showed; whom the throttle knows. */
export class AuthPasswordless1790000001135 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth_one_time_tokens
        add column binding_hash bytea,
        drop constraint auth_one_time_tokens_kind_check,
        add constraint auth_one_time_tokens_kind_check
          check (kind in ('email_verification', 'password_reset', 'magic_link')),
        add constraint auth_one_time_tokens_binding_hash_check
          check ((kind = 'magic_link') = (binding_hash is not null));

      alter table auth_passwords add column version uuid not null default uuidv7();

      alter table auth_login_attempts add column signed_in_at timestamptz(3);
      alter table auth_login_attempts rename column account_and_network to subject;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth_login_attempts rename column subject to account_and_network;
      alter table auth_login_attempts drop column signed_in_at;

      alter table auth_passwords drop column version;

      delete from auth_one_time_tokens where kind = 'magic_link';
      alter table auth_one_time_tokens
        drop constraint auth_one_time_tokens_binding_hash_check,
        drop constraint auth_one_time_tokens_kind_check,
        add constraint auth_one_time_tokens_kind_check check (kind in ('email_verification', 'password_reset')),
        drop column binding_hash;`);
  }
}

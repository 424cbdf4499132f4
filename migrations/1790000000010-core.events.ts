import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Outbox and inbox: messages leave with the transaction that sent them and take effect once. */
export class CoreEvents1790000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table outbox (
        id uuid primary key default uuidv7(),
        subject text not null,
        payload jsonb not null,
        headers jsonb not null,
        priority integer not null,
        available_at timestamptz not null,
        created_at timestamptz not null default clock_timestamp()
      );
      -- Emptied as fast as it is filled: a plan made from its statistics is always out of date, so vacuum early.
      alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

      create function tell_relay() returns trigger language plpgsql as $$
      begin
        perform pg_notify('outbox', '');
        return null;
      end $$;
      create trigger outbox_tell_relay after insert on outbox for each statement execute function tell_relay();

      create table inbox (
        consumer text not null,
        message_id text not null,
        handled_at timestamptz not null default now(),
        primary key (consumer, message_id)
      );
      create index inbox_handled_at_idx on inbox (handled_at);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table inbox;
      drop table outbox;
      drop function tell_relay();`);
  }
}

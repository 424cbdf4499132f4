import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The ledger of security events. Everybody writes; a line is seen by whom it concerns, within its organization, and
 * where nobody is signed in.
 */
export class CoreSecurityEvents1790000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table security_events (
        id uuid not null default uuidv7(),
        type text not null,
        user_id uuid,
        tenant_id uuid,
        actor_id uuid,
        details jsonb not null default '{}',
        address text,
        user_agent text,
        request_id text not null,
        created_at timestamptz(3) not null default now(),
        constraint security_events_pkey primary key (id)
      );
      create index security_events_user_id_id_idx on security_events (user_id, id);
      create index security_events_tenant_id_id_idx on security_events (tenant_id, id);
      create index security_events_created_at_idx on security_events (created_at);

      alter table security_events enable row level security;
      alter table security_events force row level security;
      create policy write on security_events for insert with check (true);
      create policy read on security_events for select using (
        (select current_user_id()) is null
        or user_id = (select current_user_id())
        or tenant_id = (select current_tenant_id()));
      create policy expire on security_events for delete using ((select current_user_id()) is null);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table security_events;');
  }
}

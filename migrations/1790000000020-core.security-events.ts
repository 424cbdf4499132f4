import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Two ledgers. `security_events` holds everything that happened, seen by the user whom it concerns;
 * `organization_security_events` what an organization's administrators may see of it, which is no address and no
 * device. A line is written in the scope of whom it concerns, never changed, and deleted by age alone: by the schedule,
 * which runs without a scope. An organization's copy goes with its line, or with the organization.
 */
export class CoreSecurityEvents1790000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(POLICIES);
    await runner.query(APPEND_ONLY);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table organization_security_events;
      drop table security_events;
      drop function refuse_change();`);
  }
}

const TABLES = `
  create table security_events (
    id uuid not null default uuidv7(),
    type text not null,
    user_id uuid,
    organization_id uuid,
    actor_kind text,
    actor_id uuid,
    session_id uuid,
    details jsonb not null default '{}',
    address text,
    user_agent text,
    request_id text not null,
    created_at timestamptz(3) not null default now(),
    constraint security_events_pkey primary key (id)
  );
  create index security_events_user_id_created_at_id_idx on security_events (user_id, created_at, id);
  create index security_events_user_id_type_created_at_id_idx on security_events (user_id, type, created_at, id);
  create index security_events_created_at_idx on security_events (created_at);

  create table organization_security_events (
    id uuid not null,
    tenant_id uuid not null,
    type text not null,
    user_id uuid,
    actor_kind text,
    actor_id uuid,
    details jsonb not null default '{}',
    created_at timestamptz(3) not null default now(),
    constraint organization_security_events_pkey primary key (id),
    constraint organization_security_events_id_fkey foreign key (id) references security_events (id) on delete cascade
  );
  create index organization_security_events_tenant_id_created_at_id_idx
    on organization_security_events (tenant_id, created_at, id);
  create index organization_security_events_tenant_id_type_created_at_id_idx
    on organization_security_events (tenant_id, type, created_at, id);`;

const POLICIES = `
  alter table security_events enable row level security;
  alter table security_events force row level security;
  create policy own_rows on security_events for select using (user_id = (select current_user_id()));
  create policy write on security_events for insert
    with check (user_id is not distinct from (select current_user_id()));
  create policy see_all_without_scope on security_events for select using (
    (select current_user_id()) is null and (select current_tenant_id()) is null);
  create policy expire_without_scope on security_events for delete using (
    (select current_user_id()) is null and (select current_tenant_id()) is null
    and created_at < now() - interval '1 day');

  call isolate_tenants('organization_security_events');`;

/** For every role, the owner of the tables included. */
const APPEND_ONLY = `
  create function refuse_change() returns trigger language plpgsql as $$
  begin
    raise exception 'the rows of % are never changed', tg_table_name using errcode = 'insufficient_privilege';
  end $$;
  create trigger append_only before update or truncate on security_events
    for each statement execute function refuse_change();
  create trigger append_only before update or truncate on organization_security_events
    for each statement execute function refuse_change();`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Organizations are the tenants. Beside the rows of the active one, people see the organizations that they belong
 * to: to choose among them before one is active.
 */
export class OrganizationsCreate1790000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(POLICIES);
    await runner.query(KEEP_AN_OWNER);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop policy own_organizations on organizations;
      drop table invitations;
      drop table memberships;
      drop table organizations;
      drop function keep_an_owner();`);
  }
}

const TABLES = `
  create table organizations (
    id uuid not null default uuidv7(),
    name text not null,
    slug text not null,
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(),
    version integer not null,
    constraint organizations_pkey primary key (id),
    constraint organizations_slug_key unique (slug)
  );
  create table memberships (
    tenant_id uuid not null,
    user_id uuid not null,
    role text not null,
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(),
    version integer not null,
    constraint memberships_pkey primary key (tenant_id, user_id),
    constraint memberships_tenant_id_fkey foreign key (tenant_id) references organizations (id) on delete cascade,
    constraint memberships_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint memberships_role_check check (role in ('owner', 'admin', 'editor', 'viewer'))
  );
  create index memberships_user_id_idx on memberships (user_id);
  create table invitations (
    id uuid not null default uuidv7(),
    tenant_id uuid not null,
    email text not null,
    role text not null,
    token_hash bytea not null,
    invited_by uuid not null,
    expires_at timestamptz(3) not null,
    accepted_at timestamptz(3),
    created_at timestamptz(3) not null default now(),
    constraint invitations_pkey primary key (id),
    constraint invitations_token_hash_key unique (token_hash),
    constraint invitations_tenant_id_fkey foreign key (tenant_id) references organizations (id) on delete cascade,
    constraint invitations_invited_by_fkey foreign key (invited_by) references users (id) on delete cascade,
    constraint invitations_role_check check (role in ('owner', 'admin', 'editor', 'viewer'))
  );
  create unique index invitations_tenant_id_email_idx on invitations (tenant_id, email) where accepted_at is null;
  create index invitations_invited_by_idx on invitations (invited_by);`;

const POLICIES = `
  call isolate_tenants('memberships');
  call isolate_tenants('invitations');
  create policy own_memberships on memberships for select using (user_id = (select current_user_id()));

  alter table organizations enable row level security;
  alter table organizations force row level security;
  create policy tenant_isolation on organizations
    using (id = (select current_tenant_id())) with check (id = (select current_tenant_id()));
  create policy own_organizations on organizations for select using (
    id in (select tenant_id from memberships where user_id = (select current_user_id())));`;

/**
 * Holds for every way an owner can go: demoted, removed, leaving, or with the account. The lock on the organization
 * makes those who go at the same time take turns, and the second sees what the first left. An organization that is
 * itself being deleted is not found, and its memberships go with it.
 */
const KEEP_AN_OWNER = `
  create function keep_an_owner() returns trigger language plpgsql as $$
  declare
    caller_tenant text := coalesce(current_setting('app.tenant_id', true), '');
  begin
    perform set_config('app.tenant_id', old.tenant_id::text, true);
    perform from organizations where id = old.tenant_id for update;
    if found and not exists (
      select from memberships where tenant_id = old.tenant_id and role = 'owner' and user_id <> old.user_id
    ) then
      raise exception 'an organization keeps at least one owner'
        using errcode = 'check_violation', constraint = 'memberships_last_owner', table = 'memberships';
    end if;
    perform set_config('app.tenant_id', caller_tenant, true);
    return coalesce(new, old);
  end $$;
  create trigger keep_an_owner_on_update before update of role on memberships for each row
    when (old.role = 'owner' and new.role <> 'owner') execute function keep_an_owner();
  create trigger keep_an_owner_on_delete before delete on memberships for each row
    when (old.role = 'owner') execute function keep_an_owner();`;

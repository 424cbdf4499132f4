import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Roles that an organization defines. Memberships and invitations name their role, as before; one that is not built in
 * is also referred to by its id, together with its name: so a name is never that of no role, a rename reaches
 * everywhere by itself, and a role that somebody holds or is invited to cannot be deleted (ADR 0012).
 */
export class OrganizationsCustomRoles1790000002010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ROLES);
    for (const table of ['memberships', 'invitations']) await runner.query(refersToRoles(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['memberships', 'invitations']) await runner.query(builtInOnly(table));
    await runner.query('drop table custom_roles;');
  }
}

const BUILT_IN = `('owner', 'admin', 'editor', 'viewer')`;

const ROLES = `
  create table custom_roles (
    id uuid not null default uuidv7(),
    tenant_id uuid not null,
    name text not null,
    description text not null,
    permissions text[] not null,
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(),
    version integer not null,
    constraint custom_roles_pkey primary key (id),
    constraint custom_roles_tenant_id_id_name_key unique (tenant_id, id, name),
    constraint custom_roles_tenant_id_fkey foreign key (tenant_id) references organizations (id) on delete cascade,
    constraint custom_roles_name_check check (lower(name) not in ${BUILT_IN})
  );
  create unique index custom_roles_tenant_id_name_idx on custom_roles (tenant_id, lower(name));
  call isolate_tenants('custom_roles');`;

const refersToRoles = (table: string) => `
  alter table ${table}
    add column custom_role_id uuid,
    drop constraint ${table}_role_check,
    add constraint ${table}_role_check check ((custom_role_id is null) = (role in ${BUILT_IN})),
    add constraint ${table}_tenant_id_custom_role_id_role_fkey foreign key (tenant_id, custom_role_id, role)
      references custom_roles (tenant_id, id, name) on update cascade;
  create index ${table}_tenant_id_custom_role_id_idx on ${table} (tenant_id, custom_role_id)
    where custom_role_id is not null;`;

/** Whoever held a role of the organization's own may still look. */
const builtInOnly = (table: string) => `
  alter table ${table} disable row level security;
  update ${table} set role = 'viewer', custom_role_id = null where custom_role_id is not null;
  alter table ${table} enable row level security;
  alter table ${table}
    drop constraint ${table}_role_check,
    drop column custom_role_id,
    add constraint ${table}_role_check check (role in ${BUILT_IN});`;

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What row-level security stands on: who is asking, and one way to close a table to other tenants. */
export class CoreTenancy1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function current_tenant_id() returns uuid language sql stable
        as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;
      create function current_user_id() returns uuid language sql stable
        as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

      create procedure isolate_tenants(target regclass) language plpgsql as $$
      begin
        execute format('alter table %s enable row level security', target);
        execute format('alter table %s force row level security', target);
        execute format(
          'create policy tenant_isolation on %s '
            'using (tenant_id = (select current_tenant_id())) '
            'with check (tenant_id = (select current_tenant_id()))', target);
      end $$;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop procedure isolate_tenants(regclass);
      drop function current_user_id();
      drop function current_tenant_id();`);
  }
}

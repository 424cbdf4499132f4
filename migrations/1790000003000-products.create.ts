import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ProductsCreate1790000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table products (
        id uuid not null default uuidv7(),
        tenant_id uuid not null,
        name text not null,
        description text not null,
        price_minor integer not null,
        currency character(3) not null,
        stock integer not null,
        status text not null,
        tags text[] not null,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        version integer not null,
        constraint products_pkey primary key (id),
        constraint products_price_minor_check check (price_minor >= 0),
        constraint products_stock_check check (stock >= 0),
        constraint products_status_check check (status in ('draft', 'active', 'archived'))
      );
      create index products_tenant_id_created_at_id_idx on products (tenant_id, created_at, id);
      create index products_tenant_id_name_id_idx on products (tenant_id, name, id);
      create index products_tenant_id_price_minor_id_idx on products (tenant_id, price_minor, id);
      create index products_tenant_id_status_created_at_id_idx on products (tenant_id, status, created_at, id);
      call isolate_tenants('products');`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table products;');
  }
}

import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Index,
  PrimaryColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';

export const PRODUCT_STATUSES = ['draft', 'active', 'archived'] as const;
export type ProductStatus = (typeof PRODUCT_STATUSES)[number];

/** Something an organization sells. */
@Entity('products')
@Index(['tenantId', 'createdAt', 'id'])
@Index(['tenantId', 'name', 'id'])
@Index(['tenantId', 'priceMinor', 'id'])
@Index(['tenantId', 'status', 'createdAt', 'id'])
@Check('products_price_minor_check', 'price_minor >= 0')
@Check('products_stock_check', 'stock >= 0')
@Check('products_status_check', `status in ('draft', 'active', 'archived')`)
export class Product {
  @PrimaryColumn('uuid', { default: () => 'uuidv7()' })
  id: string;

  @Column('uuid')
  tenantId: string;

  @Column('text')
  name: string;

  @Column('text')
  description: string;

  @Column('integer')
  priceMinor: number;

  @Column('character', { length: 3 })
  currency: string;

  @Column('integer')
  stock: number;

  @Column('text')
  status: ProductStatus;

  @Column('text', { array: true })
  tags: string[];

  /** A user or a program; null when nobody knows. */
  @Column('uuid', { nullable: true })
  createdBy: string | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;

  @VersionColumn()
  version: number;
}

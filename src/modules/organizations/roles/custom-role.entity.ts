import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  ForeignKey,
  Index,
  PrimaryColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { Organization } from '../organization.entity';

/** A role that an organization made of permissions. Its name is unlike any other there, in whatever case. */
@Entity('custom_roles')
@Unique(['tenantId', 'id', 'name'])
@Check('custom_roles_name_check', `lower(name) not in ('owner', 'admin', 'editor', 'viewer')`)
@Index('custom_roles_tenant_id_name_idx', { synchronize: false })
export class CustomRole {
  @PrimaryColumn('uuid', { default: () => 'uuidv7()' })
  id: string;

  @Column('uuid')
  @ForeignKey(() => Organization, { onDelete: 'CASCADE' })
  tenantId: string;

  @Column('text')
  name: string;

  @Column('text')
  description: string;

  /** May name some that no module registers (any more): these allow nothing. */
  @Column('text', { array: true })
  permissions: string[];

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;

  @VersionColumn()
  version: number;
}

import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  ForeignKey,
  Index,
  PrimaryColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import type { Role } from '../../core/auth/permissions';
import { User } from '../users/user.entity';
import { Organization } from './organization.entity';

/** That a user belongs to an organization, and as what. The database keeps at least one owner in each. */
@Entity('memberships')
@Index(['userId'])
@Check('memberships_role_check', `role in ('owner', 'admin', 'editor', 'viewer')`)
export class Membership {
  @PrimaryColumn('uuid')
  @ForeignKey(() => Organization, { onDelete: 'CASCADE' })
  tenantId: string;

  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('text')
  role: Role;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;

  @VersionColumn()
  version: number;
}

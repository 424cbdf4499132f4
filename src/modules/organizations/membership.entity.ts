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
import { User } from '../users/user.entity';
import { Organization } from './organization.entity';
import { CustomRole } from './roles/custom-role.entity';

/** That a user belongs to an organization, and as what. The database keeps at least one owner in each. */
@Entity('memberships')
@Index(['userId'])
@Index(['tenantId', 'customRoleId'], { where: 'custom_role_id is not null' })
@Check(
  'memberships_role_check',
  `(custom_role_id is null) = (role in ('owner', 'admin', 'editor', 'viewer'))`,
)
@ForeignKey(() => CustomRole, ['tenantId', 'customRoleId', 'role'], ['tenantId', 'id', 'name'], {
  onUpdate: 'CASCADE',
})
export class Membership {
  @PrimaryColumn('uuid')
  @ForeignKey(() => Organization, { onDelete: 'CASCADE' })
  tenantId: string;

  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Its name: of a built-in one, or of the one with the id. */
  @Column('text')
  role: string;

  @Column('uuid', { nullable: true })
  customRoleId: string | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;

  @VersionColumn()
  version: number;
}

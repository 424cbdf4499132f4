import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { User } from '../../users/user.entity';
import { Organization } from '../organization.entity';
import { CustomRole } from '../roles/custom-role.entity';

/** That an address may join an organization. Open until it is accepted or expires; an address has one at a time. */
@Entity('invitations')
@Unique(['tokenHash'])
@Index(['tenantId', 'email'], { unique: true, where: 'accepted_at is null' })
@Index(['invitedBy'])
@Index(['tenantId', 'customRoleId'], { where: 'custom_role_id is not null' })
@Check(
  'invitations_role_check',
  `(custom_role_id is null) = (role in ('owner', 'admin', 'editor', 'viewer'))`,
)
@ForeignKey(() => CustomRole, ['tenantId', 'customRoleId', 'role'], ['tenantId', 'id', 'name'], {
  onUpdate: 'CASCADE',
})
export class Invitation {
  @PrimaryColumn('uuid', { default: () => 'uuidv7()' })
  id: string;

  @Column('uuid')
  @ForeignKey(() => Organization, { onDelete: 'CASCADE' })
  tenantId: string;

  @Column('text')
  email: string;

  /** Its name: of a built-in one, or of the one with the id. */
  @Column('text')
  role: string;

  @Column('uuid', { nullable: true })
  customRoleId: string | null;

  @Column('bytea')
  tokenHash: Buffer;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  invitedBy: string;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  acceptedAt: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}

import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Role } from '../../../core/auth/permissions';
import { User } from '../../users/user.entity';
import { Organization } from '../organization.entity';

/** That an address may join an organization. Open until it is accepted or expires; an address has one at a time. */
@Entity('invitations')
@Unique(['tokenHash'])
@Index(['tenantId', 'email'], { unique: true, where: 'accepted_at is null' })
@Index(['invitedBy'])
@Check('invitations_role_check', `role in ('owner', 'admin', 'editor', 'viewer')`)
export class Invitation {
  @PrimaryColumn('uuid', { default: () => 'uuidv7()' })
  id: string;

  @Column('uuid')
  @ForeignKey(() => Organization, { onDelete: 'CASCADE' })
  tenantId: string;

  @Column('text')
  email: string;

  @Column('text')
  role: Role;

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

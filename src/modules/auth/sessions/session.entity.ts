import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Method } from '../sign-in/sign-in';
import { User } from '../../users/user.entity';

/** One log-in, and the family of the refresh tokens that followed from it. Ending it is deleting it. */
@Entity('auth_sessions')
export class Session {
  @PrimaryColumn({ type: 'uuid', default: () => 'uuidv7()' })
  id!: string;

  @Column({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  @Index()
  userId!: string;

  /** The active organization. Not a foreign key: core's `Tenants` says whether the user belongs to it. */
  @Column({ type: 'uuid', nullable: true })
  organizationId!: string | null;

  @Column({ type: 'text', nullable: true })
  userAgent!: string | null;

  /** Where it was opened from. */
  @Column({ type: 'text', nullable: true })
  address!: string | null;

  /** How its owner proved who they are. */
  @Column({ type: 'text', array: true, default: [] })
  methods!: Method[];

  /** When they last did so. */
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  authenticatedAt!: Date;

  /** Of the token in a browser's cookie; null for a session of access and refresh tokens. */
  @Column({ type: 'bytea', nullable: true })
  @Index({ unique: true })
  cookieHash!: Buffer | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  /** Right to a minute or so: see SessionActivity. */
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  @Index()
  lastUsedAt!: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Index()
  expiresAt!: Date;
}

import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** One line of the ledger of what touched somebody's security. Never changed, kept for a while. */
@Entity('security_events')
@Index(['userId', 'id'])
@Index(['tenantId', 'id'])
export class SecurityEvent {
  @PrimaryColumn({ type: 'uuid', default: () => 'uuidv7()' })
  id!: string;

  @Column({ type: 'text' })
  type!: string;

  /** Whom it concerns. Not a foreign key: the ledger outlives the account. */
  @Column({ type: 'uuid', nullable: true })
  userId!: string | null;

  /** The organization that it concerns, whose administrators see it. */
  @Column({ type: 'uuid', nullable: true })
  tenantId!: string | null;

  /** Who did it: a user or an API key; null when nobody was signed in. */
  @Column({ type: 'uuid', nullable: true })
  actorId!: string | null;

  @Column({ type: 'jsonb', default: {} })
  details!: Record<string, unknown>;

  @Column({ type: 'text', nullable: true })
  address!: string | null;

  @Column({ type: 'text', nullable: true })
  userAgent!: string | null;

  @Column({ type: 'text' })
  requestId!: string;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  @Index()
  createdAt!: Date;
}

import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Principal } from '../auth/principal';

/** What both ledgers say of an event. A line is never changed. */
abstract class Line {
  @Column({ type: 'text' })
  type!: string;

  /** Whom it concerns. Not a foreign key: the ledger outlives the account. */
  @Column({ type: 'uuid', nullable: true })
  userId!: string | null;

  /** Who did it; null when nobody was signed in. */
  @Column({ type: 'text', nullable: true })
  actorKind!: Principal['kind'] | null;

  /** The id of that user or program. */
  @Column({ type: 'uuid', nullable: true })
  actorId!: string | null;

  @Column({ type: 'jsonb', default: {} })
  details!: Record<string, unknown>;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}

/** What happened: one line for each event, seen by the user whom it concerns. */
@Entity('security_events')
@Index(['userId', 'createdAt', 'id'])
@Index(['userId', 'type', 'createdAt', 'id'])
@Index(['createdAt'])
export class SecurityEvent extends Line {
  @PrimaryColumn({ type: 'uuid', default: () => 'uuidv7()' })
  id!: string;

  /** The organization that it concerns, too. */
  @Column({ type: 'uuid', nullable: true })
  organizationId!: string | null;

  /** The session in which it was done. */
  @Column({ type: 'uuid', nullable: true })
  sessionId!: string | null;

  @Column({ type: 'text', nullable: true })
  address!: string | null;

  @Column({ type: 'text', nullable: true })
  userAgent!: string | null;

  @Column({ type: 'text' })
  requestId!: string;
}

/** What the administrators of an organization see of an event: not where its people are, and on what devices. */
@Entity('organization_security_events')
@Index(['tenantId', 'createdAt', 'id'])
@Index(['tenantId', 'type', 'createdAt', 'id'])
export class OrganizationSecurityEvent extends Line {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => SecurityEvent, { onDelete: 'CASCADE' })
  id!: string;

  @Column({ type: 'uuid' })
  tenantId!: string;
}

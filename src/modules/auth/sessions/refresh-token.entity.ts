import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Session } from './session.entity';

/** A refresh token. A used one is kept for a week: whoever shows it again has stolen it, or was stolen from. */
@Entity('auth_refresh_tokens')
export class RefreshToken {
  @PrimaryColumn({ type: 'bytea' })
  hash!: Buffer;

  @Column({ type: 'uuid' })
  @ForeignKey(() => Session, { onDelete: 'CASCADE' })
  @Index()
  sessionId!: string;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Index()
  usedAt!: Date | null;

  /** The token that followed, for its grace; only who has this token can open it. */
  @Column({ type: 'bytea', nullable: true })
  sealedSuccessor!: Buffer | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}

import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../../../users/user.entity';

/** Wrong one-time codes in a row for one user. */
@Entity('auth_code_attempts')
export class CodeAttempt {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId!: string;

  @Column({ type: 'integer', default: 1 })
  failures!: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  blockedUntil!: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  @Index()
  attemptedAt!: Date;
}

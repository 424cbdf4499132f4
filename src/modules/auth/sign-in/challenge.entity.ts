import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../../users/user.entity';

/** What is remembered between two steps of a sign-in or an enrolment; its token is the hold on it. */
@Entity('auth_challenges')
export class Challenge {
  @PrimaryColumn({ type: 'bytea' })
  hash!: Buffer;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'uuid', nullable: true })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  @Index()
  userId!: string | null;

  @Column({ type: 'jsonb' })
  content!: unknown;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ type: 'timestamptz', precision: 3 })
  @Index()
  expiresAt!: Date;
}

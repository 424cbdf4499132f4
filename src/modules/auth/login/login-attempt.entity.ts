import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** Wrong passwords for one account, from one network or from all together. */
@Entity('auth_login_attempts')
export class LoginAttempt {
  /** Hash of both, so that the table names neither addresses nor people. */
  @PrimaryColumn({ type: 'bytea' })
  subject!: Buffer;

  @Column({ type: 'integer', default: 1 })
  failures!: number;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  blockedUntil!: Date;

  /** When somebody got in from there: the owner, most likely. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  signedInAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  @Index()
  attemptedAt!: Date;
}

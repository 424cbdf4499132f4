import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../../users/user.entity';

/** A token that was mailed and works once. */
@Entity('auth_one_time_tokens')
@Check('auth_one_time_tokens_kind_check', `kind in ('email_verification', 'password_reset', 'magic_link')`)
@Check('auth_one_time_tokens_binding_hash_check', `(kind = 'magic_link') = (binding_hash is not null)`)
@Index(['userId', 'kind'])
export class OneTimeToken {
  @PrimaryColumn({ type: 'bytea' })
  hash!: Buffer;

  @Column({ type: 'text' })
  kind!: 'email_verification' | 'password_reset' | 'magic_link';

  @Column({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId!: string;

  /**
   * The password of the registration that this mail confirms. Somebody else may have registered the address before
   * its owner did: the password that counts is that of the registration whose mail was followed.
   */
  @Column({ type: 'text', nullable: true })
  passwordHash!: string | null;

  /** Of the secret that the browser got which asked for the magic link: nobody else can use it. */
  @Column({ type: 'bytea', nullable: true })
  bindingHash!: Buffer | null;

  @Column({ type: 'timestamptz', precision: 3 })
  @Index()
  expiresAt!: Date;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}

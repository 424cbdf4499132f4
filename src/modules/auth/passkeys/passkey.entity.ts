import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { User } from '../../users/user.entity';

/** The public half of a passkey (WebAuthn level 3, "credential record"). */
@Entity('auth_passkeys')
@Unique(['credentialId'])
@Check('auth_passkeys_credential_id_check', 'length(credential_id) between 16 and 1023')
export class Passkey {
  @PrimaryColumn({ type: 'uuid', default: () => 'uuidv7()' })
  id!: string;

  @Column({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  @Index()
  userId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'bytea' })
  credentialId!: Buffer;

  /** COSE_Key (RFC 9052). */
  @Column({ type: 'bytea' })
  publicKey!: Buffer;

  /** As the authenticator counts its uses; always 0 for passkeys that are synchronized between devices. */
  @Column({ type: 'bigint' })
  signCount!: string;

  /** Whether it may be copied to other devices. Never changes. */
  @Column({ type: 'boolean' })
  backupEligible!: boolean;

  @Column({ type: 'boolean' })
  backedUp!: boolean;

  @Column({ type: 'text', array: true, default: [] })
  transports!: string[];

  @Column({ type: 'integer', default: 1 })
  version!: number;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lastUsedAt!: Date | null;
}

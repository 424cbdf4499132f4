import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';

/** A key that signs access tokens. One is current, one is next (published before it signs), the others only verify. */
@Entity('auth_keys')
@Check('auth_keys_status_check', `status in ('current', 'next', 'retired')`)
@Index(['status'], { unique: true, where: `status <> 'retired'` })
export class AuthKey {
  /** RFC 7638 thumbprint */
  @PrimaryColumn({ type: 'text' })
  kid!: string;

  @Column({ type: 'text' })
  status!: 'current' | 'next' | 'retired';

  @Column({ type: 'jsonb' })
  publicJwk!: JWK;

  @Column({ type: 'bytea' })
  sealedPrivateKey!: Buffer;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  retiredAt!: Date | null;
}

import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { User } from '../../users/user.entity';

/** Who a user is to their authenticators: random, so that a lost device tells nothing (WebAuthn level 3, 14.6.1). */
@Entity('auth_passkey_holders')
@Unique(['handle'])
export class PasskeyHolder {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId!: string;

  @Column({ type: 'bytea' })
  handle!: Buffer;
}

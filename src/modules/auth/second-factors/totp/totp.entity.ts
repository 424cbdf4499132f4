import { Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { User } from '../../../users/user.entity';

/** The authenticator app of a user: one at most. */
@Entity('auth_totp')
export class Totp {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId!: string;

  /** What it shares with us, sealed: codes are made from it, so a hash would not do. */
  @Column({ type: 'bytea' })
  sealedSecret!: Buffer;

  /** The time step of the last code that was accepted. Only codes of later steps are: each works once. */
  @Column({ type: 'integer' })
  lastStep!: number;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}

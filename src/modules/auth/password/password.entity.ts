import { Column, Entity, ForeignKey, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import { User } from '../../users/user.entity';

@Entity('auth_passwords')
export class Password {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId!: string;

  /** argon2id in PHC form, so that it carries its own parameters. */
  @Column({ type: 'text' })
  hash!: string;

  /** Changes with the password, but not when it is hashed anew: tells a sign-in whether what it checked still holds. */
  @Column({ type: 'uuid', default: () => 'uuidv7()' })
  version!: string;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}

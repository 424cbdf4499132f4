import { CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../../users/user.entity';

/** A device in a network from which a user has signed in. */
@Entity('auth_known_places')
export class KnownPlace {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId!: string;

  /** Hash of both, so that the table names neither. */
  @PrimaryColumn({ type: 'bytea' })
  place!: Buffer;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  @Index()
  lastUsedAt!: Date;
}

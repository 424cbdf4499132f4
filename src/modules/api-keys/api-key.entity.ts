import {
  Column,
  CreateDateColumn,
  Entity,
  ForeignKey,
  Index,
  PrimaryColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { User } from '../users/user.entity';

/** What a program of an organization signs in with. Deleting the row revokes it. */
@Entity('api_keys')
@Unique(['tenantId', 'secretHash'])
@Index(['tenantId', 'previousSecretHash'])
@Index(['tenantId', 'createdAt', 'id'])
@Index(['createdBy'])
export class ApiKey {
  @PrimaryColumn('uuid', { default: () => 'uuidv7()' })
  id: string;

  @Column('uuid')
  tenantId: string;

  @Column('text')
  name: string;

  /** Names of permissions. What no module registers any more counts for nothing. */
  @Column('text', { array: true })
  scopes: string[];

  @Column('bytea')
  secretHash: Buffer;

  /** The kind and the last four characters of the secret, to know it by. */
  @Column('text')
  hint: string;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;

  /** The secret before the last rotation. */
  @Column('bytea', { nullable: true })
  previousSecretHash: Buffer | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  previousSecretExpiresAt: Date | null;

  /** Right to a minute or so: see KeyActivity. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lastUsedAt: Date | null;

  /** Null when the account is gone: the key is the organization's, and stays. */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL' })
  createdBy: string | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;

  @VersionColumn()
  version: number;
}

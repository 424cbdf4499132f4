import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { User } from '../../users/user.entity';

/** Somebody's account at a provider, which signs them in here. */
@Entity('auth_identities')
@Unique(['issuer', 'subject'])
export class Identity {
  @PrimaryColumn({ type: 'uuid', default: () => 'uuidv7()' })
  id!: string;

  @Column({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  @Index()
  userId!: string;

  @Column({ type: 'text' })
  provider!: string;

  /** Who vouches. A provider that is configured anew, with another issuer, knows other people by the same subjects. */
  @Column({ type: 'text' })
  issuer!: string;

  /** Whom the issuer means: never given to anybody else, unlike an e-mail address (OpenID Connect Core, 5.7). */
  @Column({ type: 'text' })
  subject!: string;

  /** As the provider told it last; not used to find anybody. */
  @Column({ type: 'text', nullable: true })
  email!: string | null;

  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'text', nullable: true })
  avatarUrl!: string | null;

  /** What the provider gave to call it with. */
  @Column({ type: 'bytea', nullable: true })
  sealedTokens!: Buffer | null;

  @CreateDateColumn({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  lastUsedAt!: Date;
}

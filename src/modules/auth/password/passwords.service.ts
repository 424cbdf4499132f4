import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { hash, type Options, parseOptions, verify } from '@node-rs/argon2';
import { Repository } from 'typeorm';
import { Slots } from '../../../core/slots';
import { authConfig, type AuthConfig } from '../auth.config';
import { WaysIn } from '../sign-in/ways-in';
import { newToken } from '../tokens/opaque-token';
import { Password } from './password.entity';

const ARGON2ID = 2;
/** Of libuv, unless UV_THREADPOOL_SIZE says otherwise. Signatures are checked there, too, and files are read. */
const THREADS = 4;
/** Passwords that are computed at once: a core and a thread stay free for everything else, however many log in. */
const AT_ONCE = Math.max(1, Math.min(availableParallelism(), THREADS) - 1);
/** The id of no user (RFC 9562, 5.9). */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Passwords, stored as argon2id. */
@Injectable()
export class PasswordsService implements OnModuleInit {
  private readonly cost: Options & { memoryCost: number; timeCost: number; parallelism: number };
  /** Verified against where there is no password, so that an unknown account takes as long as a known one. */
  private dummy!: string;
  private readonly slots = new Slots(AT_ONCE);

  constructor(
    @InjectRepository(Password) private readonly passwords: Repository<Password>,
    private readonly waysIn: WaysIn,
    @Inject(authConfig.token) config: AuthConfig,
  ) {
    this.cost = {
      algorithm: ARGON2ID,
      memoryCost: config.AUTH_PASSWORD_MEMORY_KIB,
      timeCost: config.AUTH_PASSWORD_PASSES,
      parallelism: config.AUTH_PASSWORD_LANES,
    };
  }

  async onModuleInit(): Promise<void> {
    this.waysIn.register({ name: 'password', count: (userId) => this.passwords.countBy({ userId }) });
    this.dummy = await this.hash(newToken('password_reset'));
  }

  hash(password: string): Promise<string> {
    return this.slots.run(() => hash(password, this.cost));
  }

  async set(userId: string, passwordHash: string): Promise<void> {
    await this.passwords.upsert({ userId, hash: passwordHash, version: randomUUID() }, ['userId']);
  }

  /** Whether the user can sign in with a password. */
  has(userId: string): Promise<boolean> {
    return this.passwords.existsBy({ userId });
  }

  /** From now on nobody gets in by password. */
  async remove(userId: string): Promise<void> {
    await this.passwords.delete({ userId });
  }

  /** The version of the user's password, if it is this one, else null. Does the same work when there is no such user. */
  async check(userId: string | undefined, password: string): Promise<string | null> {
    const stored = await this.passwords.findOneBy({ userId: userId ?? NOBODY });
    const right = await this.slots.run(() => verify(stored?.hash ?? this.dummy, password));
    if (!stored || !right) return null;
    if (this.isOutdated(stored.hash)) await this.rehash(stored, password);
    return stored.version;
  }

  private isOutdated(stored: string): boolean {
    const { memoryCost, timeCost, parallelism } = parseOptions(stored);
    const { cost } = this;
    return memoryCost !== cost.memoryCost || timeCost !== cost.timeCost || parallelism !== cost.parallelism;
  }

  /** Only over the hash that was checked: a password changed meanwhile stays. */
  private async rehash(stored: Password, password: string): Promise<void> {
    await this.passwords.update(
      { userId: stored.userId, hash: stored.hash },
      { hash: await this.hash(password) },
    );
  }
}

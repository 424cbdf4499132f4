import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import { Repository } from 'typeorm';
import { Database } from '../../../core/database/database';
import { Notifications } from '../../../core/database/notifications';
import { authConfig, type AuthConfig } from '../auth.config';
import { AuthKey } from './auth-key.entity';
import { seal, unseal } from '../../../core/sealing';

const CHANGED = 'auth_keys_changed';
/** A token with an unknown key id makes an instance look for new keys, this often at the most. */
const LOOK_EVERY_MS = 1000;
/** RFC 7638, as we make them. */
const KID = /^[\w-]{43}$/;

const RETIRE = `
  update auth_keys set status = 'retired', retired_at = now()
  where kid = $1 and status = 'current' and exists (
    select from auth_keys where status = 'next' and created_at <= now() - make_interval(secs => $2))`;

/** The ES256 key pairs of access tokens: made at the first start, sealed at rest, rotated without a refused token. */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private readonly logger = new Logger('SigningKeys');
  private current!: { kid: string; key: KeyObject };
  private verifying = new Map<string, KeyObject>();
  private published: JWK[] = [];
  private loading = Promise.resolve();
  private lookedAt = 0;

  constructor(
    @InjectRepository(AuthKey) private readonly keys: Repository<AuthKey>,
    private readonly database: Database,
    private readonly notifications: Notifications,
    @Inject(authConfig.token) private readonly config: AuthConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    // Of several instances at their first start one inserts; the others wait for it and read its keys.
    for (const status of ['current', 'next'] as const) {
      if (!(await this.keys.existsBy({ status }))) await this.insert(status);
    }
    await this.load();
    const reload = () =>
      void this.load().catch((error: unknown) =>
        this.logger.error({ message: 'keys not read', error: String(error) }),
      );
    this.notifications.on(CHANGED, reload, reload);
  }

  signing(): { kid: string; key: KeyObject } {
    return this.current;
  }

  verifyingKey(kid: string | undefined): KeyObject | undefined {
    return kid === undefined ? undefined : this.verifying.get(kid);
  }

  /** As above; the key of a rotation that this instance was not told of yet is found in the database. */
  async findVerifyingKey(kid: string | undefined): Promise<KeyObject | undefined> {
    const known = this.verifyingKey(kid);
    if (known || !KID.test(kid ?? '') || Date.now() - this.lookedAt < LOOK_EVERY_MS) return known;
    this.lookedAt = Date.now();
    await this.load();
    return this.verifyingKey(kid);
  }

  /** Every key there is, the newest first. */
  list(): Promise<AuthKey[]> {
    return this.keys.find({ order: { createdAt: 'DESC' } });
  }

  /** The public keys (RFC 7517). */
  jwks(): { keys: JWK[] } {
    return { keys: this.published };
  }

  /**
   * The next key signs from now on, a new one is published as next, and the old one goes on verifying.
   * @param publishedSeconds how long the next key must have been public, so that whoever keeps our JWKS has it
   * @returns false when it was not, or another rotation was first
   */
  rotate(publishedSeconds = 0): Promise<boolean> {
    const { kid } = this.current;
    return this.change(async () => {
      const [, retired] = await this.database.manager.query(RETIRE, [kid, publishedSeconds]);
      if (!retired) return false;
      await this.promote();
      return true;
    });
  }

  /**
   * For a key that leaked: its tokens are refused at once, and sessions go on with their next refresh.
   * @returns false when there is no such key
   */
  revoke(kid: string): Promise<boolean> {
    return this.change(async () => {
      const found = await this.keys.findOneBy({ kid });
      if (!found) return false;
      await this.keys.delete({ kid });
      if (found.status === 'current') await this.promote();
      else if (found.status === 'next') await this.insert('next');
      return true;
    });
  }

  private async promote(): Promise<void> {
    await this.keys.update({ status: 'next' }, { status: 'current' });
    await this.insert('next');
  }

  /** One change at a time: two at once could leave no key that signs. */
  private async change(work: () => Promise<boolean>): Promise<boolean> {
    const done = await this.database.transaction(async () => {
      await this.database.manager.query(`select pg_advisory_xact_lock(hashtextextended('auth_keys', 0))`);
      if (!(await work())) return false;
      await this.notifications.notify(CHANGED, '');
      return true;
    });
    await this.load();
    return done;
  }

  private async insert(status: 'current' | 'next'): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(jwk);
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    await this.keys
      .createQueryBuilder()
      .insert()
      .values({
        kid,
        status,
        publicJwk: { ...jwk, kid, alg: 'ES256', use: 'sig' } as object,
        sealedPrivateKey: seal(this.config.AUTH_KEY_ENCRYPTION_KEY, kid, der),
      })
      .orIgnore()
      .execute();
  }

  /** One after the other, so that what was read first does not replace what was read later. */
  private load(): Promise<void> {
    return (this.loading = this.loading.catch(() => undefined).then(() => this.read()));
  }

  private async read(): Promise<void> {
    const keys = await this.list();
    const { kid, sealedPrivateKey } = keys.find(({ status }) => status === 'current')!;
    this.current = { kid, key: this.open(kid, sealedPrivateKey) };
    this.verifying = new Map(
      keys.map((one) => [one.kid, createPublicKey({ key: one.publicJwk as never, format: 'jwk' })]),
    );
    this.published = keys.map(({ publicJwk }) => publicJwk);
  }

  private open(kid: string, sealed: Buffer): KeyObject {
    try {
      const der = unseal(this.config.AUTH_KEY_ENCRYPTION_KEY, kid, sealed);
      return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    } catch (cause) {
      throw new Error(
        'AUTH_KEY_ENCRYPTION_KEY does not open the signing keys in auth_keys. Give back the value they were sealed ' +
          'with, or delete the rows: new keys are made, and access tokens are refused until they are refreshed.',
        { cause },
      );
    }
  }
}

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

/** The ES256 key pairs of access tokens: made at the first start, sealed at rest, rotated without a refused token. */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private readonly logger = new Logger('SigningKeys');
  private current!: { kid: string; key: KeyObject };
  private verifying = new Map<string, KeyObject>();
  private published: JWK[] = [];

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

  /** The public keys (RFC 7517). */
  jwks(): { keys: JWK[] } {
    return { keys: this.published };
  }

  /** The next key signs from now on, a new one is published as next, and the old one goes on verifying. */
  async rotate(): Promise<void> {
    await this.database.transaction(async () => {
      const retired = { status: 'retired', retiredAt: () => 'now()' } as const;
      const { affected } = await this.keys.update({ status: 'current' }, retired);
      if (!affected) return; // another rotation was first
      await this.keys.update({ status: 'next' }, { status: 'current' });
      await this.insert('next');
      await this.notifications.notify(CHANGED, '');
    });
    await this.load();
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

  private async load(): Promise<void> {
    const keys = await this.keys.find({ order: { createdAt: 'DESC' } });
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

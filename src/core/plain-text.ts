import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';
import { databaseConfig, type DatabaseConfig } from './database/database.config';
import { mailConfig, type MailConfig } from './mail/mail.config';
import { redisConfig, type RedisConfig } from './redis/redis.config';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|)$/;
const GUIDE = 'docs/guide/managed-services.md says how to turn TLS on.';

/** What can be read on its way, or come from another server than it seems to; undefined: neither. */
export type Exposure = 'without TLS' | 'over TLS, without a look at its certificate';

/** Warns in production of services on other machines that are reached in plain text, one line each. */
@Injectable()
export class PlainTextWarning implements OnModuleInit {
  private readonly logger = new Logger('Security');

  constructor(
    @Inject(databaseConfig.token) private readonly database: DatabaseConfig,
    @Inject(redisConfig.token) private readonly redis: RedisConfig,
    @Inject(mailConfig.token) private readonly mail: MailConfig,
  ) {}

  onModuleInit(): void {
    if (process.env.NODE_ENV !== 'production') return;
    const { DATABASE_URL, DATABASE_REPLICA_URLS, DATABASE_LISTEN_URL } = this.database;
    this.warn('DATABASE_URL', DATABASE_URL, postgresExposure);
    for (const url of DATABASE_REPLICA_URLS) this.warn('DATABASE_REPLICA_URLS', url, postgresExposure);
    if (DATABASE_LISTEN_URL) this.warn('DATABASE_LISTEN_URL', DATABASE_LISTEN_URL, postgresExposure);
    if (this.redis.REDIS_URL) this.warn('REDIS_URL', this.redis.REDIS_URL, redisExposure);
    this.warn('SMTP_URL', this.mail.SMTP_URL, smtpExposure);
  }

  private warn(variable: string, url: string, exposureOf: (url: URL) => Exposure | undefined): void {
    const address = new URL(url);
    const exposure = LOOPBACK.test(address.hostname) ? undefined : exposureOf(address);
    if (exposure) this.logger.warn(`${variable} reaches ${address.hostname} ${exposure}. ${GUIDE}`);
  }
}

/** Asks the driver, which also listens to PGSSLMODE. */
export function postgresExposure({ href }: URL): Exposure | undefined {
  const { ssl } = new Client({ connectionString: href }) as unknown as { ssl: unknown };
  if (!ssl) return 'without TLS';
  const { rejectUnauthorized } = ssl as { rejectUnauthorized?: boolean };
  return rejectUnauthorized === false ? 'over TLS, without a look at its certificate' : undefined;
}

export const redisExposure = ({ protocol }: URL): Exposure | undefined =>
  protocol === 'redis:' ? 'without TLS' : undefined;

/** As `MailSender` has it: STARTTLS is asked for unless the address says otherwise. */
export function smtpExposure({ protocol, searchParams }: URL): Exposure | undefined {
  const plain = searchParams.get('requireTLS') === 'false' || searchParams.get('ignoreTLS') === 'true';
  if (protocol === 'smtp:' && plain) return 'without TLS';
  return searchParams.get('tls.rejectUnauthorized') === 'false'
    ? 'over TLS, without a look at its certificate'
    : undefined;
}

import { Logger } from '@nestjs/common';
import { PlainTextWarning, postgresExposure, redisExposure, smtpExposure } from './plain-text';

const UNCHECKED = 'over TLS, without a look at its certificate';

describe('The way to a service', () => {
  beforeAll(() => delete process.env.PGSSLMODE);

  it.each([
    ['postgres://app@db.internal/keelson', 'without TLS'],
    ['postgres://app@db.internal/keelson?sslmode=disable', 'without TLS'],
    ['postgres://app@db.internal/keelson?sslmode=no-verify', UNCHECKED],
    ['postgres://app@db.internal/keelson?sslmode=require&uselibpqcompat=true', UNCHECKED],
    ['postgres://app@db.internal/keelson?sslmode=verify-full', undefined],
  ])('to %s is %s', (url, exposure) => {
    expect(postgresExposure(new URL(url))).toBe(exposure);
  });

  it.each([
    ['redis://cache.internal:6379', 'without TLS'],
    ['rediss://cache.internal:6379', undefined],
  ])('to %s is %s', (url, exposure) => {
    expect(redisExposure(new URL(url))).toBe(exposure);
  });

  it.each([
    ['smtp://mail.internal:587', undefined],
    ['smtps://mail.internal:465', undefined],
    ['smtp://mail.internal:25?requireTLS=false', 'without TLS'],
    ['smtp://mail.internal:25?ignoreTLS=true', 'without TLS'],
    ['smtps://mail.internal:465?tls.rejectUnauthorized=false', UNCHECKED],
  ])('to %s is %s', (url, exposure) => {
    expect(smtpExposure(new URL(url))).toBe(exposure);
  });
});

describe('Production', () => {
  const settings = (host: string) =>
    [
      {
        DATABASE_URL: `postgres://app@${host}/keelson`,
        DATABASE_REPLICA_URLS: [`postgres://app@${host}/keelson`],
        DATABASE_LISTEN_URL: `postgres://app@${host}/keelson`,
      },
      { REDIS_URL: `redis://${host}` },
      { SMTP_URL: `smtp://${host}?requireTLS=false` },
    ] as unknown as ConstructorParameters<typeof PlainTextWarning>;
  const lines: string[] = [];
  beforeAll(() => {
    process.env.NODE_ENV = 'production';
    Logger.overrideLogger({ warn: (line: string) => lines.push(line), log() {}, error() {} });
  });
  afterAll(() => {
    process.env.NODE_ENV = 'test';
    Logger.overrideLogger(false);
  });

  it('names every service on another machine that is reached in plain text', () => {
    new PlainTextWarning(...settings('data.internal')).onModuleInit();
    expect(lines.map((line) => line.split(' reaches ')[0])).toEqual([
      'DATABASE_URL',
      'DATABASE_REPLICA_URLS',
      'DATABASE_LISTEN_URL',
      'REDIS_URL',
      'SMTP_URL',
    ]);
  });

  it.each(['localhost', '127.0.0.1', '[::1]'])('does not mind %s', (host) => {
    lines.length = 0;
    new PlainTextWarning(...settings(host)).onModuleInit();
    expect(lines).toEqual([]);
  });
});

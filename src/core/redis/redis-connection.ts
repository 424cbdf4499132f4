import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { redisConfig, type RedisConfig } from './redis.config';

/** A command that takes longer than this, in milliseconds, is given up: what Redis is for here can do without it. */
const COMMAND_TIMEOUT_MS = 250;
const LONGEST_PAUSE_MS = 2000;

/**
 * The connection to Redis for small, fast commands, or null when REDIS_URL is not set. A command rejects at once
 * while Redis is away; callers must have another way. Loss and return are logged once each.
 */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  readonly client: Redis | null;
  private readonly logger = new Logger('Redis');
  private lost = false;

  constructor(@Inject(redisConfig.token) config: RedisConfig) {
    this.client = config.REDIS_URL ? this.connect(config.REDIS_URL) : null;
  }

  onApplicationShutdown(): void {
    this.client?.disconnect();
  }

  private connect(url: string): Redis {
    const client = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      disconnectTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: LONGEST_PAUSE_MS,
      retryStrategy: (attempt) => Math.min(attempt * 50, LONGEST_PAUSE_MS),
    });
    client.on('error', (error: Error) => {
      if (!this.lost) this.logger.warn(`Redis is away (${error.message}); going on without it.`);
      this.lost = true;
    });
    client.on('ready', () => {
      if (this.lost) this.logger.log('Redis is back.');
      this.lost = false;
    });
    return client;
  }
}

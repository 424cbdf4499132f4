import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { runInScope } from '../../core/context';
import { Database } from '../../core/database/database';

const EVERY_MS = 60_000;
const NOTE = 'update api_keys set last_used_at = now() where tenant_id = $1 and id = any($2)';

/** Writes down which keys were used, once a minute for all of them, so that no request waits for it. */
@Injectable()
export class KeyActivity implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('KeyActivity');
  /** Keys by tenant. */
  private used = new Map<string, Set<string>>();
  private timer?: NodeJS.Timeout;

  constructor(private readonly database: Database) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  touch(tenantId: string, keyId: string): void {
    const keys = this.used.get(tenantId);
    if (keys) keys.add(keyId);
    else this.used.set(tenantId, new Set([keyId]));
  }

  /** A statement for each tenant: the row policies let nobody write to two at once. */
  async flush(): Promise<void> {
    const { used } = this;
    this.used = new Map();
    try {
      for (const [tenantId, ids] of used) {
        await runInScope({ tenantId }, () => this.database.manager.query(NOTE, [tenantId, [...ids]]));
      }
    } catch (error) {
      this.logger.warn({ message: 'use of API keys not noted', error: String(error) });
    }
  }
}

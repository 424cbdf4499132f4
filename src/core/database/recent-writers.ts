import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { databaseConfig, type DatabaseConfig } from './database.config';

/**
 * Remembers who wrote a moment ago, so that their next reads go to the primary and show their own write although
 * the replicas lag. Kept in this process: behind a balancer, send a user's requests to the same instance, or set
 * DATABASE_REPLICA_URLS only on instances that serve reports.
 */
@Injectable()
export class RecentWriters {
  private readonly users?: LRUCache<string, true>;

  constructor(@Inject(databaseConfig.token) config: DatabaseConfig) {
    if (config.DATABASE_REPLICA_URLS.length === 0) return;
    this.users = new LRUCache({ max: 100_000, ttl: Math.max(config.DATABASE_REPLICA_PIN_MS, 1) });
  }

  add(userId: string): void {
    this.users?.set(userId, true);
  }

  has(userId: string | undefined): boolean {
    return userId !== undefined && this.users?.has(userId) === true;
  }
}

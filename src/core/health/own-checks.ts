import { readdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { migrationFiles } from '../database/migrations';
import { RedisConnection } from '../redis/redis-connection';
import { Health } from './health';

/** The checks of core: the database, its migrations, and Redis when there is one. */
@Injectable()
export class OwnChecks implements OnModuleInit {
  private upToDate = false;

  constructor(
    private readonly health: Health,
    private readonly dataSource: DataSource,
    private readonly redis: RedisConnection,
  ) {}

  onModuleInit(): void {
    this.health.driver('database', 'postgresql');
    this.health.driver('limits', this.redis.client ? 'redis' : 'memory');
    this.health.add({ name: 'database', critical: true, run: () => this.database() });
    this.health.add({ name: 'migrations', critical: true, run: () => this.migrations() });
    const { client } = this.redis;
    if (client)
      this.health.add({ name: 'redis', critical: false, run: async () => void (await client.ping()) });
  }

  private async database(): Promise<void> {
    await this.dataSource.query('select 1');
  }

  /** Every migration that this build carries must have run. Once that is so it stays so. */
  private async migrations(): Promise<void> {
    if (this.upToDate) return;
    const done: Array<{ timestamp: string }> = await this.dataSource.query(
      'select timestamp::text from migrations',
    );
    const known = new Set(done.map(({ timestamp }) => timestamp));
    const pending = (await carried()).filter((file) => !known.has(file.split('-', 1)[0]!));
    if (pending.length > 0) throw new Error(`not migrated: ${pending.join(', ')}`);
    this.upToDate = true;
  }
}

/** The file names of the migrations, which begin with their timestamps. */
async function carried(): Promise<string[]> {
  const files = await readdir(dirname(migrationFiles()));
  return files.filter((file) => extname(file) === extname(migrationFiles()) && !file.endsWith('.d.ts'));
}

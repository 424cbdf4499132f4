import { readdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { migrationFiles } from '../database/migrations';
import { Queues } from '../jobs/queues';
import { RedisConnection } from '../redis/redis-connection';
import { Health } from './health';

/** A message that waits longer in the outbox, in seconds, says that no worker takes it. */
const LONGEST_WAIT_S = 60;

/** The checks of core: the database, its migrations, Redis when there is one, and whether work gets done. */
@Injectable()
export class OwnChecks implements OnModuleInit {
  private upToDate = false;

  constructor(
    private readonly health: Health,
    private readonly dataSource: DataSource,
    private readonly redis: RedisConnection,
    private readonly queues: Queues,
  ) {}

  onModuleInit(): void {
    const { client } = this.redis;
    this.health.driver('database', 'PostgreSQL');
    this.health.driver('limits', client ? 'Redis' : 'in process');
    this.health.driver('jobs', `BullMQ on ${this.queues.driver}`);
    this.health.add({ name: 'database', critical: true, run: () => this.database() });
    this.health.add({ name: 'migrations', critical: true, run: () => this.migrations() });
    this.health.add({ name: 'jobs', critical: false, run: () => this.jobs() });
    if (client)
      this.health.add({ name: 'redis', critical: false, run: async () => void (await client.ping()) });
  }

  private async database(): Promise<void> {
    await this.dataSource.query('select 1');
  }

  /** Without a worker requests are answered, but mails and whatever else is done later wait. */
  private async jobs(): Promise<void> {
    const [oldest]: Array<{ seconds: number }> = await this.dataSource.query(
      `select extract(epoch from now() - available_at)::int as seconds
         from outbox where available_at <= now() order by id limit 1`,
    );
    if (!oldest || oldest.seconds <= LONGEST_WAIT_S) return;
    throw new Error(`a message has waited ${oldest.seconds} s in the outbox: is a worker running?`);
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

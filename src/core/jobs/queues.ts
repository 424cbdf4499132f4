import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  DEFAULT_SCHEMA,
  isPgPool,
  type Job,
  Queue,
  type QueueOptions,
  setDefaultBackendFactory,
  Worker,
} from 'bullmq';
import { Pool } from 'pg';
import { databaseConfig, type DatabaseConfig } from '../database/database.config';
import { redisConfig, type RedisConfig } from '../redis/redis.config';
import { jobsConfig, type JobsConfig } from './jobs.config';

/** Connections for short queries; each worker holds one more, on which it listens. */
const QUERY_CONNECTIONS = 6;
/** As often may a process die in the middle of one job; then the job counts as what kills it, and fails. */
const MAX_STALLS = 10;

/** BullMQ would talk to Redis whatever the connection is; the connection says which backend is meant. */
const backendOf: BackendFactory = (name, options, factory) =>
  isPgPool(options.connection)
    ? (createPostgresBackend(name, options as never, factory) as never)
    : createRedisBackend(name, options, factory);
setDefaultBackendFactory(backendOf);

/** The BullMQ queues of this process: on Redis when REDIS_URL is set, else in the schema `bullmq` of PostgreSQL. */
@Injectable()
export class Queues {
  /** For everything of BullMQ that connects: queues, workers, flows. */
  readonly options: QueueOptions;
  private readonly logger = new Logger('Queues');
  private readonly pool?: Pool;
  private readonly opened = new Map<string, Queue>();

  constructor(
    @Inject(databaseConfig.token) private readonly database: DatabaseConfig,
    @Inject(redisConfig.token) redis: RedisConfig,
    @Inject(jobsConfig.token) private readonly config: JobsConfig,
  ) {
    if (!redis.REDIS_URL) this.pool = this.connectPool();
    const connection = this.pool ?? { url: redis.REDIS_URL, maxRetriesPerRequest: null };
    this.options = { connection: connection as QueueOptions['connection'], prefix: config.JOBS_REDIS_PREFIX };
  }

  get driver(): 'Redis' | 'PostgreSQL' {
    return this.pool ? 'PostgreSQL' : 'Redis';
  }

  /** How many handlers may run at once without starving the rest of the process of database connections. */
  get handlersAtOnce(): number {
    return Math.max(1, this.database.DATABASE_POOL_SIZE - 2);
  }

  /** The queue, connected at its first use. */
  open(name: string): Queue {
    const known = this.opened.get(name);
    if (known) return known;
    const queue = new Queue(name, this.options);
    queue.on('error', (error) => this.complain(name, error));
    this.opened.set(name, queue);
    return queue;
  }

  /** A worker that takes jobs from the queue until it is closed. */
  work(name: string, concurrency: number, processor: (job: Job) => Promise<void>): Worker {
    if (this.pool) this.pool.options.max += 1;
    const worker = new Worker(name, processor, {
      ...this.options,
      concurrency,
      lockDuration: this.config.JOBS_LOCK_MS,
      stalledInterval: this.config.JOBS_STALLED_CHECK_MS,
      maxStalledCount: MAX_STALLS,
    });
    worker.on('error', (error) => this.complain(name, error));
    return worker;
  }

  /** Closes the queues and their connections; close the workers first. */
  async close(): Promise<void> {
    await Promise.all([...this.opened.values()].map((queue) => queue.close()));
    this.opened.clear();
    if (this.pool && !this.pool.ended) await this.pool.end();
  }

  private connectPool(): Pool {
    const pool = new Pool({
      // Listening, and the search path as a start-up option, do not pass a pooler in transaction mode.
      connectionString: this.database.DATABASE_LISTEN_URL ?? this.database.DATABASE_URL,
      options: `-c search_path=${DEFAULT_SCHEMA}`,
      application_name: 'keelson queues',
      max: QUERY_CONNECTIONS,
      connectionTimeoutMillis: this.database.DATABASE_CONNECT_TIMEOUT_MS,
      statement_timeout: this.database.DATABASE_STATEMENT_TIMEOUT_MS,
      keepAlive: true,
    });
    pool.on('error', (error) => this.complain('connection', error));
    return pool;
  }

  private complain(name: string, error: Error): void {
    this.logger.warn({ message: error.message || error.name, queue: name });
  }
}

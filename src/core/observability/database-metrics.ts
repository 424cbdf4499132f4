import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { Counter, Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import { statementCounts } from '../database/statement-log';
import { Metrics } from './metrics';

/** How the connections to PostgreSQL are used. Values are read when somebody looks, so they cost nothing between. */
@Injectable()
export class DatabaseMetrics {
  constructor(
    private readonly metrics: Metrics,
    private readonly dataSource: DataSource,
  ) {
    this.pools();
    this.statements();
  }

  private pools(): void {
    const { driver } = this.dataSource;
    const registers = [this.metrics.registry];
    new Gauge({
      name: 'db_pool_connections',
      help: 'Connections that are open, those of them at rest, and callers that wait for one.',
      labelNames: ['pool', 'state'],
      registers,
      collect() {
        for (const [pool, { totalCount, idleCount, waitingCount }] of poolsOf(driver)) {
          this.set({ pool, state: 'open' }, totalCount);
          this.set({ pool, state: 'idle' }, idleCount);
          this.set({ pool, state: 'waiting' }, waitingCount);
        }
      },
    });
  }

  private statements(): void {
    const registers = [this.metrics.registry];
    for (const speed of ['all', 'slow'] as const) {
      new Counter({
        name: speed === 'all' ? 'db_statements_total' : 'db_slow_statements_total',
        help: speed === 'all' ? 'SQL statements sent.' : 'SQL statements slower than DATABASE_SLOW_QUERY_MS.',
        registers,
        collect() {
          this.reset();
          this.inc(statementCounts[speed]);
        },
      });
    }
  }
}

function poolsOf(driver: object): Array<[string, Pool]> {
  const { master, slaves = [] } = driver as { master?: Pool; slaves?: Pool[] };
  const replicas = slaves.map((pool, index): [string, Pool] => [`replica-${index + 1}`, pool]);
  return master ? [['primary', master], ...replicas] : replicas;
}

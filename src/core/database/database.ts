import { Inject, Injectable } from '@nestjs/common';
import type { ClientBase, Pool, PoolClient } from 'pg';
import { types } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { currentContext, runInScope, runInTransaction, type Scope, type Transaction } from '../context';
import { databaseConfig, type DatabaseConfig } from './database.config';
import { RecentWriters } from './recent-writers';
import type { TransactionClient } from './scoped-client';

type IsolationLevel = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

interface PostgresPools {
  master: Pool;
  slaves: Pool[];
  obtainSlaveConnection(): Promise<[PoolClient, (error?: Error) => void]>;
}

const TIMESTAMPTZ = 1184;
/** Rows for the screen carry times as RFC 3339 text: making a Date only to print it again costs microseconds each. */
const screenTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === TIMESTAMPTZ ? toRfc3339 : types.getTypeParser(oid as never, format as never),
};
/** `2026-11-23 09:30:00.12+00` → `2026-11-23T09:30:00.120Z`; PostgreSQL leaves zeros at the end out. */
const toRfc3339 = (text: string): string => {
  const fraction = text.slice(19, -3);
  const milliseconds = fraction.length === 4 ? fraction : `${fraction || '.'}000`.slice(0, 4);
  return `${text.slice(0, 10)}T${text.slice(11, 19)}${milliseconds}Z`;
};

/** The entity manager of the running transaction, if there is one. Repositories from `entities()` follow it. */
export const transactionManager = (): EntityManager | undefined => currentContext()?.transaction?.manager;

/** The doors to PostgreSQL beside repositories: transactions that calls join, and rows for the screen. */
@Injectable()
export class Database {
  constructor(
    private readonly dataSource: DataSource,
    private readonly recentWriters: RecentWriters,
    @Inject(databaseConfig.token) private readonly config: DatabaseConfig,
  ) {}

  /** The manager of the running transaction, or the ordinary one. */
  get manager(): EntityManager {
    return transactionManager() ?? this.dataSource.manager;
  }

  /**
   * Runs `work` in a transaction; every repository and `rows` call inside joins it, and so does a transaction
   * started inside. Commits when `work` resolves, rolls back when it rejects. An inner call's isolation level is
   * that of the outermost.
   */
  transaction<T>(work: () => Promise<T>, isolation?: IsolationLevel): Promise<T> {
    if (currentContext()?.transaction) return work();
    return this.begin(work, isolation);
  }

  /**
   * Runs `work` so that its failure takes back only what it wrote itself: under a savepoint of the running
   * transaction, or in a transaction of its own.
   */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const outer = currentContext()?.transaction;
    if (!outer) return this.begin(work);
    const afterCommit: Transaction['afterCommit'] = [];
    const result = await outer.manager.transaction((manager) =>
      runInTransaction({ manager, afterCommit }, work),
    );
    outer.afterCommit.push(...afterCommit);
    return result;
  }

  /**
   * Runs `work` with the rows of `scope` in reach, and only those; unlike `runInScope` also inside a transaction of
   * another scope, which goes on under its own afterwards. For the few steps that lead from one tenant into
   * another (founding one, accepting an invitation). Await everything: the connection has one scope at a time.
   */
  async within<T>(scope: Scope, work: () => Promise<T>): Promise<T> {
    const runner = transactionManager()?.queryRunner;
    if (!runner) return runInScope(scope, work);
    const client = (await runner.connect()) as ClientBase & TransactionClient;
    const outer = currentContext()?.scope ?? {};
    client.rebind(scope);
    try {
      return await runInScope(scope, work);
    } finally {
      client.rebind(outer);
    }
  }

  /** Runs `action` once the running transaction has committed (at once when there is none), never if it rolls back. */
  afterCommit(action: () => void): void {
    const transaction = currentContext()?.transaction;
    if (transaction) transaction.afterCommit.push(action);
    else action();
  }

  /**
   * The rows of one SELECT as plain objects, with times as RFC 3339 text. For what a screen shows: it skips the
   * mapping of entities. Name the columns as the caller wants them (`price_minor as "priceMinor"`).
   * Outside of a transaction, the reads of a GET request go to a replica, unless their user has just written.
   */
  async rows<T>(text: string, values: unknown[] = []): Promise<T[]> {
    const runner = transactionManager()?.queryRunner;
    if (runner) {
      const client = (await runner.connect()) as ClientBase;
      return (await client.query(screenQuery(text, values))).rows as T[];
    }
    const client = await this.connection();
    try {
      const { rows } = await client.query(screenQuery(text, values));
      client.release();
      return rows as T[];
    } catch (error) {
      client.release(isConnectionLost(error) ? (error as Error) : undefined);
      throw error;
    }
  }

  /**
   * A statement whose answer nobody needs: in a transaction it is sent with the next statement, at the latest with
   * the COMMIT, which fails when it fails. Values are text, numbers or null.
   */
  async later(text: string, values: unknown[]): Promise<void> {
    const runner = currentContext()?.transaction?.manager.queryRunner;
    if (!runner) return void (await this.rows(text, values));
    ((await runner.connect()) as ClientBase & TransactionClient).sendLater(text, values);
  }

  private async begin<T>(work: () => Promise<T>, isolation?: IsolationLevel): Promise<T> {
    const afterCommit: Transaction['afterCommit'] = [];
    const run = (manager: EntityManager) => runInTransaction({ manager, afterCommit }, work);
    const result = await (isolation
      ? this.dataSource.transaction(isolation, run)
      : this.dataSource.transaction(run));
    for (const action of afterCommit) action();
    return result;
  }

  private connection(): Promise<PoolClient> {
    const pools = this.dataSource.driver as unknown as PostgresPools;
    const readable =
      this.config.DATABASE_REPLICA_URLS.length > 0 && currentContext()?.route.startsWith('GET ');
    const replica = readable && !this.recentWriters.has(currentContext()?.scope.userId);
    return replica ? pools.obtainSlaveConnection().then(([client]) => client) : pools.master.connect();
  }
}

const screenQuery = (text: string, values: unknown[]) => ({ text, values, types: screenTypes as never });

const isConnectionLost = (error: unknown): boolean =>
  !(typeof error === 'object' && error !== null && 'severity' in error && error.severity === 'ERROR');

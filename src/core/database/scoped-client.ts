import { Client, Query } from 'pg';
import { type Context, currentContext, type Scope } from '../context';
import { BIND_SCOPE, ScopedQuery, type Statement } from './scoped-query';
import { countStatement, logIfSlow } from './statement-log';

interface Options {
  /** Whether statements get a name on the server, which is then spared to parse them again. */
  readonly prepared: boolean;
  /** Statements that take longer than this are logged, in milliseconds. */
  readonly slowMs: number;
  /** Told of every user who wrote something. */
  readonly onWrite: (userId: string) => void;
}

/** Distinct texts that get a server-side name; more (filters in every combination) would fill the server's memory. */
const MAX_NAMED = 500;
const names = new Map<string, string>();

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known || names.size >= MAX_NAMED) return known;
  const name = `s${names.size}`;
  names.set(text, name);
  return name;
}

/** Thrown when the scope changes inside a transaction: its statements would run under the scope of its start. */
export class ScopeChangedError extends Error {
  constructor() {
    super('The scope changed inside a transaction; start the transaction inside runInScope instead.');
    this.name = 'ScopeChangedError';
  }
}

/** What a client of a running transaction offers beside pg's own. */
export interface RebindableClient {
  /** From here on the transaction sees the rows of `scope`. For {@link Database.within}, which also goes back. */
  rebind(scope: Scope): Promise<unknown>;
}

/**
 * A pg client that binds every statement to the scope of the running request, so that row-level security cannot be
 * forgotten: single statements as {@link ScopedQuery}, transactions with `SET LOCAL` at their start. Outside of a
 * scope nothing is bound, and the row policies show no tenant's rows.
 *
 * The scope is read when `query` is called: call it after awaiting `pool.connect()`, never through `pool.query`,
 * whose callback may run in the context of the request that released the connection.
 */
export function scopedClient(options: Options): typeof Client {
  class ScopedClient extends Client implements RebindableClient {
    private bound?: Scope;

    // oxlint-disable-next-line typescript/no-explicit-any -- pg overloads this method nine times
    override query(given: any, values?: any, callback?: any): any {
      const context = currentContext();
      countStatement(context);
      if (given.submit) return this.stream(given, context?.scope);
      const running = this.run(typeof given === 'string' ? { text: given, values } : given, context);
      return callback ? running.then((result) => callback(null, result), callback) : running;
    }

    rebind(scope: Scope): Promise<unknown> {
      this.bound = scope;
      return super.query(BIND_SCOPE, [scope.tenantId ?? '', scope.userId ?? '']);
    }

    private run(given: Statement, context?: Context): Promise<unknown> {
      const { text } = given;
      if (isStart(text)) return this.begin(text, context?.scope);
      const scope = context?.scope;
      const inTransaction = this.getTransactionStatus() === 'T';
      if (inTransaction && !isEnd(text)) this.refuseOther(scope);
      const statement = options.prepared && given.values?.length ? { name: nameOf(text), ...given } : given;
      const bind =
        !inTransaction && this.getTransactionStatus() !== 'E' && isBound(scope) ? scope : undefined;
      return this.send(statement, bind, context);
    }

    private send(statement: Statement, bind?: Scope, context?: Context): Promise<unknown> {
      const started = performance.now();
      return new Promise((resolve, reject) => {
        const done = (error: Error | null, result?: unknown) => {
          logIfSlow(statement.text, performance.now() - started, options.slowMs, context);
          if (error) return reject(error);
          if (context?.scope.userId && wrote(result)) options.onWrite(context.scope.userId);
          resolve(result);
        };
        const query = bind
          ? new ScopedQuery(statement, bind, done)
          : Object.assign(new Query(statement as never), { callback: done });
        super.query(query as never);
      });
    }

    private begin(text: string, scope: Scope = {}): Promise<unknown> {
      this.bound = scope;
      if (!isBound(scope)) return super.query(text);
      const settings = [
        ['app.tenant_id', scope.tenantId],
        ['app.user_id', scope.userId],
      ].map(([name, value]) => `SET LOCAL ${name} = ${this.escapeLiteral(value ?? '')}`);
      return super.query([text, ...settings].join('; '));
    }

    private refuseOther(scope?: Scope): void {
      const same = this.bound?.tenantId === scope?.tenantId && this.bound?.userId === scope?.userId;
      if (!same) throw new ScopeChangedError();
    }

    private stream(query: object, scope?: Scope): unknown {
      if (isBound(scope) && this.getTransactionStatus() !== 'T') {
        throw new Error('A cursor needs a transaction: open it inside database.transaction().');
      }
      return super.query(query as never);
    }
  }
  return ScopedClient;
}

const isStart = (text: string): boolean => text === 'START TRANSACTION' || text === 'BEGIN';
const isEnd = (text: string): boolean => text === 'COMMIT' || text === 'ROLLBACK';
const isBound = (scope?: Scope): boolean => scope?.tenantId !== undefined || scope?.userId !== undefined;

const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const wrote = (result: unknown): boolean => WRITES.has((result as { command?: string })?.command ?? '');

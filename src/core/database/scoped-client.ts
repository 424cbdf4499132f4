import { Client, type QueryConfig } from 'pg';
import { currentContext, type Scope } from '../context';
import { recordStatement } from './statement-log';
import { BIND_SCOPE, ScopedQuery } from './scoped-query';

/** What is run, in the two forms in which pg takes it. */
type Statement = string | (QueryConfig & { submit?: unknown });

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
export function scopedClient(options: { prepared: boolean; slowMs: number }): typeof Client {
  class ScopedClient extends Client implements RebindableClient {
    private bound?: Scope;

    // oxlint-disable-next-line typescript/no-explicit-any -- pg overloads this method nine times
    override query(statement: any, values?: any, callback?: any): any {
      const running = this.send(statement, values, callback);
      recordStatement(typeof statement === 'string' ? statement : statement?.text, running, options.slowMs);
      return running;
    }

    rebind(scope: Scope): Promise<unknown> {
      this.bound = scope;
      return super.query(BIND_SCOPE, [scope.tenantId ?? '', scope.userId ?? '']);
    }

    private send(statement: Statement, values: unknown[] | undefined, callback: unknown): unknown {
      const scope = currentContext()?.scope;
      const scoped = scope?.tenantId !== undefined || scope?.userId !== undefined;
      const text = typeof statement === 'string' ? statement : statement.text;
      if (this.getTransactionStatus() === 'T' && !isEnd(text)) this.refuseOther(scope);
      if (typeof statement !== 'string' && statement.submit) return this.stream(statement, scoped);
      if (isStart(text)) return this.begin(text, scoped ? scope : undefined);
      const config = this.configOf(statement, values, text);
      const idle = this.getTransactionStatus() !== 'T' && this.getTransactionStatus() !== 'E';
      if (!scoped || !idle) return super.query(config as never, undefined as never, callback as never);
      return this.sendScoped(config, scope!);
    }

    private begin(text: string, scope?: Scope): unknown {
      this.bound = scope;
      if (!scope) return super.query(text);
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

    private stream(query: object, scoped: boolean): unknown {
      if (scoped && this.getTransactionStatus() !== 'T') {
        throw new Error('A cursor needs a transaction: open it inside database.transaction().');
      }
      return super.query(query as never);
    }

    private configOf(statement: Statement, values: unknown[] | undefined, text: string): QueryConfig {
      const config: QueryConfig = typeof statement === 'string' ? { text, values } : { ...statement };
      if (options.prepared && config.values?.length) config.name ??= nameOf(text);
      return config;
    }

    private sendScoped(config: QueryConfig, scope: Scope): Promise<unknown> {
      return new Promise((resolve, reject) => {
        const query = Object.assign(new ScopedQuery(config, scope), {
          callback: (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result)),
        });
        super.query(query as never);
      });
    }
  }
  return ScopedClient;
}

const isStart = (text: string): boolean => text === 'START TRANSACTION' || text === 'BEGIN';
const isEnd = (text: string): boolean => text === 'COMMIT' || text === 'ROLLBACK';

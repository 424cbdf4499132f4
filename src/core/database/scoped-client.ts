import { Client, Query } from 'pg';
import { type Context, currentContext, type Scope } from '../context';
import { countStatement, logIfSlow } from './statement-log';
import { type Statement, SyncedQuery } from './synced-query';

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

declare module 'pg' {
  interface Client {
    /** What the client says when it connects; the type declarations leave it out. */
    getStartupConf(): object;
  }
}

/** Thrown when the scope changes inside a transaction: its statements would run under the scope of its start. */
export class ScopeChangedError extends Error {
  constructor() {
    super('The scope changed inside a transaction; start the transaction inside runInScope instead.');
    this.name = 'ScopeChangedError';
  }
}

/** What a client of a running transaction offers beside pg's own. */
export interface TransactionClient {
  /** From here on the transaction sees the rows of `scope`. For {@link Database.within}, which also goes back. */
  rebind(scope: Scope): void;
  /**
   * Sends the statement with the next one of the transaction, at the latest with its COMMIT, which fails when it
   * fails. Values are text, numbers or null. It saves a round trip; the rows that it answers are dropped.
   */
  sendLater(text: string, values: unknown[]): void;
}

/**
 * A pg client that binds every statement to the scope of the running request, so that row-level security cannot be
 * forgotten: the settings travel with a single statement, or with the first of a transaction. Outside of a scope
 * nothing is bound, and the row policies show no tenant's rows.
 *
 * The scope is read when `query` is called: call it after awaiting `pool.connect()`, never through `pool.query`,
 * whose callback may run in the context of the request that released the connection.
 */
// oxlint-disable-next-line max-lines-per-function -- a class that closes over its options
export function scopedClient(options: Options): typeof Client {
  class ScopedClient extends Client implements TransactionClient {
    private bound: Scope = {};
    /** What the next statement takes along: the start of a transaction, its scope, what was to be sent later. */
    private before: Statement[] = [];

    // oxlint-disable-next-line typescript/no-explicit-any -- pg overloads this method nine times
    override query(given: any, values?: any, callback?: any): any {
      const context = currentContext();
      countStatement(context);
      if (given.submit) return this.stream(given, context?.scope);
      const running = this.run(typeof given === 'string' ? { text: given, values } : given, context);
      return callback ? running.then((result) => callback(null, result), callback) : running;
    }

    /** The time zone not by `options`: poolers drop those, but see to it that each client has its time zone. */
    override getStartupConf(): object {
      return { ...super.getStartupConf(), TimeZone: 'UTC' };
    }

    rebind(scope: Scope): void {
      this.bound = scope;
      this.before.push(this.bind(scope));
    }

    sendLater(text: string, values: unknown[]): void {
      countStatement(currentContext());
      this.before.push({ text, values, name: this.named(text) });
    }

    private run(given: Statement, context?: Context): Promise<unknown> {
      const { text } = given;
      if (this.settled(text, context?.scope)) return Promise.resolve();
      if (this.inTransaction() && !isEnd(text)) this.refuseOther(context?.scope);
      // Several statements in one text need the simple protocol, which takes nothing along.
      if (this.before.length > 0 && !given.values?.length && text.includes(';')) {
        return this.flush(context).then(() => this.send([], given, context));
      }
      const statement = given.values?.length ? { name: this.named(text), ...given } : given;
      // The server tells of a failure before it tells the state that it leaves: an end never begins with a scope.
      return this.send(this.take(isEnd(text) ? undefined : context?.scope), statement, context);
    }

    /** Whether nothing has to be sent for this statement (yet). */
    private settled(text: string, scope?: Scope): boolean {
      if (isStart(text)) return this.begin(text, scope);
      if (text === 'ROLLBACK') return this.abandon();
      // What waits was to come after the savepoint, and would fail in a transaction that has failed.
      if (text.startsWith('ROLLBACK TO')) this.before = [];
      if (text === 'COMMIT') return this.isEmpty();
      return isIsolation(text) && this.isolate(text);
    }

    private inTransaction(): boolean {
      return this.before.length > 0 || this.getTransactionStatus() === 'T';
    }

    /** The start is sent with the first statement, so a transaction without one never reaches the server. */
    private begin(text: string, scope: Scope = {}): true {
      this.bound = scope;
      this.before = [{ text, name: this.named(text) }];
      if (isBound(scope)) this.before.push(this.bind(scope));
      return true;
    }

    /** PostgreSQL wants the isolation level before the first query, which the binding of the scope is. */
    private isolate(text: string): boolean {
      if (!isStart(this.before[0]?.text ?? '')) return false;
      this.before[0] = { text: `START TRANSACTION ISOLATION LEVEL ${text.slice(ISOLATION.length)}` };
      return true;
    }

    /** @returns whether nothing had been sent yet, so that nothing has to be taken back */
    private abandon(): boolean {
      const unsent = isStart(this.before[0]?.text ?? '');
      this.before = [];
      return unsent;
    }

    /** Whether the transaction was started and has nothing in it, sent or unsent. */
    private isEmpty(): boolean {
      const unsent = isStart(this.before[0]?.text ?? '');
      return unsent && this.before.slice(1).every(({ text }) => text === BIND_SCOPE) && this.abandon();
    }

    /** What goes before the next statement: what has gathered, or outside of a transaction the scope. */
    private take(scope?: Scope): Statement[] {
      const taken = this.before;
      this.before = [];
      if (taken.length > 0) return taken;
      return this.getTransactionStatus() === 'I' && isBound(scope) ? [this.bind(scope!)] : taken;
    }

    private flush(context?: Context): Promise<unknown> {
      const last = this.before.pop()!;
      return this.send(this.take(), last, context);
    }

    private send(before: Statement[], statement: Statement, context?: Context): Promise<unknown> {
      const started = performance.now();
      return new Promise((resolve, reject) => {
        const done = (error: Error | null, result?: unknown) => {
          logIfSlow(statement.text, performance.now() - started, options.slowMs, context);
          if (error) return reject(error);
          if (context?.scope.userId && wrote(result)) options.onWrite(context.scope.userId);
          resolve(result);
        };
        const query =
          before.length > 0
            ? new SyncedQuery(before, statement, done)
            : Object.assign(new Query(statement as never), { callback: done });
        super.query(query as never);
      });
    }

    private bind({ tenantId = '', userId = '' }: Scope): Statement {
      return { text: BIND_SCOPE, values: [tenantId, userId], name: this.named(BIND_SCOPE) };
    }

    private named(text: string): string | undefined {
      return options.prepared ? nameOf(text) : undefined;
    }

    private refuseOther(scope?: Scope): void {
      if (this.bound.tenantId !== scope?.tenantId || this.bound.userId !== scope?.userId) {
        throw new ScopeChangedError();
      }
    }

    private stream(query: object, scope?: Scope): unknown {
      if (isBound(scope) && !this.inTransaction()) {
        throw new Error('A cursor needs a transaction: open it inside database.transaction().');
      }
      if (this.before.length > 0) this.flush(currentContext()).catch(() => undefined);
      return super.query(query as never);
    }
  }
  return ScopedClient;
}

const BIND_SCOPE = `select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)`;
const ISOLATION = 'SET TRANSACTION ISOLATION LEVEL ';

const isStart = (text: string): boolean => text.startsWith('START TRANSACTION');
const isEnd = (text: string): boolean => text === 'COMMIT' || text === 'ROLLBACK';
const isIsolation = (text: string): boolean => text.startsWith(ISOLATION);
const isBound = (scope?: Scope): boolean => scope?.tenantId !== undefined || scope?.userId !== undefined;

const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const wrote = (result: unknown): boolean => WRITES.has((result as { command?: string })?.command ?? '');

import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyReply } from 'fastify';
import type { EntityManager } from 'typeorm';
import type { Principal } from './auth/principal';

/** Whose rows the database may show: both are bound to every statement and read by the row policies. */
export interface Scope {
  readonly tenantId?: string;
  readonly userId?: string;
}

/** A running transaction, and what is to be done once it has committed. */
export interface Transaction {
  readonly manager: EntityManager;
  readonly afterCommit: Array<() => void>;
}

/** What is known about the request or job that is running. Created once at its edge, read everywhere. */
export interface Context {
  readonly requestId: string;
  /** Route pattern (`GET /v1/products/:id`) or job name, for logs and metrics; never the raw path. */
  route: string;
  scope: Scope;
  principal?: Principal;
  /** The answer in the making, for what core does around handlers; undefined in jobs. Modules do without it. */
  readonly reply?: FastifyReply;
  /** How many SQL statements ran so far; one count for the request and every scope inside it. */
  readonly count: { statements: number };
  /** The transaction that calls join; `Database` opens it. */
  readonly transaction?: Transaction;
  /** W3C trace context header to pass on, when the caller sent one. */
  readonly traceparent?: string;
}

const storage = new AsyncLocalStorage<Context>();

/** The running request or job, or undefined outside of both (start-up, shutdown). */
export const currentContext = (): Context | undefined => storage.getStore();

/** Runs `work` inside `context`; everything it awaits sees the same one. */
export const runInContext = <T>(context: Context, work: () => T): T => storage.run(context, work);

/**
 * Runs `work` with the rows of `scope` in reach, and only those, in a context derived from the current one.
 * Use it where there is no signed-in principal yet (log-in, jobs, seeds). Do not open it inside a transaction
 * of another scope: the database refuses the next statement.
 */
export const runInScope = <T>(scope: Scope, work: () => T): T =>
  runInContext({ ...outerContext(), scope }, work);

/** Runs `work` so that everything it awaits joins the transaction. For `Database`; call its `transaction()`. */
export const runInTransaction = <T>(transaction: Transaction, work: () => T): T =>
  runInContext({ ...outerContext(), transaction }, work);

const outerContext = (): Context =>
  currentContext() ?? { requestId: 'internal', route: 'internal', scope: {}, count: { statements: 0 } };

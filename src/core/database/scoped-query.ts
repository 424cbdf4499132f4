import { Query } from 'pg';
import type { Scope } from '../context';

export const BIND_SCOPE = `select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)`;
const BIND_SCOPE_NAME = 'bind_scope';

/** The part of pg's wire connection that a query uses; its type declarations leave it out. */
interface Wire {
  parse(message: { text: string; name: string; types: number[] }): void;
  bind(message: { portal: string; statement: string; values: string[]; binary: boolean }): void;
  execute(message: { portal: string }): void;
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
}

/** A statement as pg takes it, without the options that need more than one answer (`rows`, `rowMode`). */
export interface Statement {
  readonly text: string;
  readonly values?: unknown[];
  readonly name?: string;
  readonly types?: unknown;
}

type Done = (error: Error | null, result?: unknown) => void;

interface QueryInternals {
  name: string;
  callback: Done;
  readonly _result: { _types: unknown };
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
  handleError(error: Error, wire: Wire): void;
}

const Base = Query as unknown as new (text: string, values?: unknown[]) => QueryInternals;

/**
 * One statement that runs under a scope without a round trip more: `set_config` and the statement travel under one
 * Sync of the extended protocol, which PostgreSQL runs as one implicit transaction (PostgreSQL manual, 54.2.3
 * "Extended Query"). The settings are local to it, so the connection carries nothing over to whoever uses it next,
 * and a pooler in transaction mode cannot tear the two apart.
 *
 * pg credits a ParseComplete to the `name` of the running query, so `name` follows the answers: first the statement
 * that binds the scope, then the caller's own. A Parse that failed is therefore never remembered as done.
 */
export class ScopedQuery extends Base {
  private scopeBound = false;
  private readonly ownName: string;

  constructor(
    { text, values, name = '', types }: Statement,
    private readonly scope: Scope,
    done: Done,
  ) {
    super(text, values);
    if (types) this._result._types = types;
    this.ownName = this.name = name;
    this.callback = done;
  }

  /** Always the extended protocol: it makes the two statements one transaction, and refuses `a; b`. */
  requiresPreparation(): boolean {
    return true;
  }

  override prepare(wire: Wire): void {
    const scopeName = this.ownName && BIND_SCOPE_NAME;
    if (!wire.parsedStatements[scopeName]) wire.parse({ text: BIND_SCOPE, name: scopeName, types: [] });
    const values = [this.scope.tenantId ?? '', this.scope.userId ?? ''];
    wire.bind({ portal: '', statement: scopeName, values, binary: false });
    wire.execute({ portal: '' });
    super.prepare(wire);
    this.name = scopeName;
  }

  override handleDataRow(message: unknown): void {
    if (this.scopeBound) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.scopeBound) return super.handleCommandComplete(message, wire);
    this.scopeBound = true;
    this.name = this.ownName;
  }

  override handleError(error: Error, wire: Wire): void {
    delete wire.submittedNamedStatements[this.ownName];
    super.handleError(error, wire);
  }
}

import { Query } from 'pg';

/** A statement as pg takes it, without the options that need more than one answer (`rows`, `rowMode`). */
export interface Statement {
  readonly text: string;
  readonly values?: unknown[];
  /** Its name on the server; empty for a statement that is parsed each time. */
  readonly name?: string;
  readonly types?: unknown;
}

type Done = (error: Error | null, result?: unknown) => void;

/** The part of pg's wire connection that a query uses; its type declarations leave it out. */
interface Wire {
  parse(message: { text: string; name: string; types: number[] }): void;
  bind(message: {
    portal: string;
    statement: string;
    values: unknown[];
    binary: boolean;
    valueMapper: unknown;
  }): void;
  execute(message: { portal: string }): void;
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
}

interface QueryInternals {
  text: string;
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
 * A statement that takes others along: they travel before it, under one Sync of the extended protocol, and are
 * answered with it (PostgreSQL manual, 54.2.3 "Extended Query"). Outside of a transaction block the whole is one
 * implicit transaction: what `set_config(..., true)` sets holds for the statement and is gone after it, so the
 * connection carries nothing over to whoever uses it next, and a pooler in transaction mode cannot tear it apart.
 * The rows of the others are dropped; when one fails, those behind it do not run, and `done` gets its error.
 *
 * pg credits a ParseComplete to the `name` and `text` of the running query, so both follow the answers: a Parse that
 * failed is never remembered as done.
 */
export class SyncedQuery extends Base {
  private answered = 0;

  constructor(
    private readonly before: readonly Statement[],
    private readonly statement: Statement,
    done: Done,
  ) {
    super(statement.text, statement.values);
    this.name = statement.name ?? '';
    if (statement.types) this._result._types = statement.types;
    this.callback = done;
  }

  /** Always the extended protocol: it is what makes one transaction of them, and it refuses `a; b`. */
  requiresPreparation(): boolean {
    return true;
  }

  override prepare(wire: Wire): void {
    const parsed = new Set<string>();
    for (const { text, name = '', values = [] } of this.before) {
      if (!name || !(wire.parsedStatements[name] || parsed.has(name))) wire.parse({ text, name, types: [] });
      parsed.add(name);
      wire.bind({ portal: '', statement: name, values, binary: false, valueMapper: plain });
      wire.execute({ portal: '' });
    }
    super.prepare(wire);
    this.await();
  }

  override handleDataRow(message: unknown): void {
    if (this.answered === this.before.length) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.answered === this.before.length) return super.handleCommandComplete(message, wire);
    this.answered += 1;
    this.await();
  }

  override handleError(error: Error, wire: Wire): void {
    delete wire.submittedNamedStatements[this.statement.name ?? ''];
    super.handleError(error, wire);
  }

  private await(): void {
    const { text, name = '' } = this.before[this.answered] ?? this.statement;
    Object.assign(this, { text, name });
  }
}

/** What goes before takes text, numbers and nulls only. */
const plain = (value: unknown): string | null =>
  value === null || value === undefined ? null : String(value);

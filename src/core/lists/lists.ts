import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Database } from '../database/database';
import { Tenants } from '../tenancy/tenants';
import { decodeCursor, encodeCursor, type Position } from './cursor';
import type { ItemQuery, List, ListQuery } from './list';
import { type Fixed, selectCount, selectOne, selectPage } from './select';

type Row = Record<string, unknown>;

/** Fills one expansion into all rows of a page at once, by whatever it takes: never one query a row. */
export type Expander = (rows: Row[]) => Promise<void>;
export type Expanders = Readonly<Record<string, Expander>>;

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
  readonly total?: number;
}

/**
 * Reads pages and single resources for the screen, as a {@link List} declares them. `organization` is an expansion
 * that every list of a tenant's rows may declare; the module supplies its others.
 */
@Injectable()
export class Lists {
  constructor(
    private readonly database: Database,
    private readonly tenants: Tenants,
  ) {}

  /** A page of what has the `fixed` column values. @throws Problem validation_failed for a cursor that is not ours */
  async page<T extends z.ZodObject>(
    list: List<T>,
    fixed: Fixed,
    query: ListQuery,
    expanders: Expanders = {},
  ): Promise<Page<z.output<T>>> {
    const after = query.cursor ? decodeCursor(query.cursor, query.sort, checkOf(list, query)) : undefined;
    const { text, values } = selectPage(list as never, fixed, query, after);
    const rows = await this.database.rows<Row>(text, values);
    const more = rows.length > query.limit;
    if (more) rows.pop();
    const nextCursor = more ? encodeCursor(query.sort, positionOf(rows.at(-1)!, query)) : null;
    if (rows.length > 0 && query.expand.length > 0) await this.expand(rows, fixed, query.expand, expanders);
    const items = query.fields ? rows.map((row) => pick(row, [...query.fields!, ...query.expand])) : rows;
    const total = query.count ? { total: await this.total(list as never, fixed, query) } : {};
    return { items: items as z.output<T>[], nextCursor, ...total };
  }

  /** The one resource that has the `fixed` column values, with its `version`, or null. */
  async find<T extends z.ZodObject>(
    list: List<T>,
    fixed: Fixed,
    query: ItemQuery,
    expanders: Expanders = {},
  ): Promise<(z.output<T> & { version: number }) | null> {
    const { text, values } = selectOne(list as never, fixed, query.fields);
    const rows = await this.database.rows<Row>(text, values);
    if (rows.length > 0 && query.expand.length > 0) await this.expand(rows, fixed, query.expand, expanders);
    return (rows[0] as never) ?? null;
  }

  private async expand(
    rows: Row[],
    fixed: Fixed,
    names: readonly string[],
    expanders: Expanders,
  ): Promise<void> {
    for (const name of names) {
      if (name === 'organization') await this.expandOrganization(rows, String(fixed.tenantId));
      else await expanders[name]!(rows);
    }
  }

  /** All rows of a tenant's list have the same one. */
  private async expandOrganization(rows: Row[], tenantId: string): Promise<void> {
    const [organization] = await this.tenants.describe([tenantId]);
    for (const row of rows) row.organization = organization;
  }

  private async total(list: List, fixed: Fixed, query: ListQuery): Promise<number> {
    const { text, values } = selectCount(list, fixed, query.filters);
    const [row] = await this.database.rows<{ total: number }>(text, values);
    return row!.total;
  }
}

const positionOf = (row: Row, { sort }: ListQuery): Position =>
  [...sort.map(({ field }) => field), 'id'].map((field) => row[field] as string);

const pick = (row: Row, fields: readonly string[]): Row =>
  Object.fromEntries(fields.filter((field) => field in row).map((field) => [field, row[field]]));

/** A position must hold what its columns hold, or PostgreSQL would refuse the comparison. */
const checkOf =
  (list: List<z.ZodObject>, { sort }: ListQuery) =>
  (position: Position): boolean =>
    [...sort.map(({ field }) => field), 'id'].every(
      (field, index) => (list.item.shape[field] as z.ZodType).safeParse(position[index]).success,
    );

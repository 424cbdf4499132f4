import { snakeCase } from '../database/naming';
import type { Position } from './cursor';
import type { Filter, Operator } from './filter';
import type { List, ListQuery, Sort } from './list';

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** Column values that every row of the answer has, whatever the caller asks: `{ tenantId: viewer.tenantId }`. */
export type Fixed = Readonly<Record<string, unknown>>;

const COMPARISON: Partial<Record<Operator, string>> = {
  eq: '=',
  ne: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
};

/** The statement for one page: a row more than the limit tells whether there is another. */
export function selectPage(list: List, fixed: Fixed, query: ListQuery, after?: Position): Statement {
  const values: unknown[] = [];
  const conditions = conditionsOf(list, fixed, query.filters, values);
  if (after) conditions.push(keyset(query.sort, after, values));
  const order = [...query.sort, lastSort(query.sort)].map(
    ({ field, descending }) => `${snakeCase(field)}${descending ? ' desc' : ''}`,
  );
  const fields = query.fields && [...query.fields, ...query.sort.map(({ field }) => field), 'id'];
  const offset = query.offset ? ` offset ${query.offset}` : '';
  const where = conditions.join(' and ');
  const text = `select ${columns(list, fields)} from ${list.table} where ${where} order by ${order.join(', ')} limit ${query.limit + 1}${offset}`;
  return { text, values };
}

export function selectCount(list: List, fixed: Fixed, filters: readonly Filter[]): Statement {
  const values: unknown[] = [];
  const where = conditionsOf(list, fixed, filters, values).join(' and ');
  return { text: `select count(*)::int as total from ${list.table} where ${where}`, values };
}

/** One row by fixed columns. `version`, which the ETag is made of, comes with it. */
export function selectOne(list: List, fixed: Fixed, fields?: readonly string[]): Statement {
  const values: unknown[] = [];
  const where = conditionsOf(list, fixed, [], values).join(' and ');
  return { text: `select ${columns(list, fields)}, version from ${list.table} where ${where}`, values };
}

function columns(list: List, fields?: readonly string[]): string {
  if (!fields) return list.allColumns;
  const names = [...new Set(fields)].map((field) => `${list.columns.get(field)} as "${field}"`);
  return names.join(', ');
}

function conditionsOf(list: List, fixed: Fixed, filters: readonly Filter[], values: unknown[]): string[] {
  const own = Object.entries(fixed).map(([field, value]) => `${snakeCase(field)} = $${values.push(value)}`);
  return [...own, ...filters.map((filter) => condition(list, filter, values))];
}

function condition(list: List, { field, operator, value }: Filter, values: unknown[]): string {
  const column = list.columns.get(field)!;
  if (operator === 'like') return `${column} ilike $${values.push(`%${escapeLike(String(value))}%`)}`;
  if (operator === 'in') return `${column} = any($${values.push(value)})`;
  if (operator === 'eq' && isArray(list, field)) return `${column} @> array[$${values.push(value)}]::text[]`;
  return `${column} ${COMPARISON[operator]} $${values.push(value)}`;
}

const escapeLike = (value: string): string => value.replace(/[\\%_]/g, (character) => `\\${character}`);

const isArray = (list: List, field: string): boolean => list.item.shape[field]?._zod.def.type === 'array';

/** The id settles ties, in the direction of the last field, so that one index serves both. */
const lastSort = (sort: readonly Sort[]): Sort => ({ field: 'id', descending: sort.at(-1)!.descending });

/**
 * The rows after a position. With one direction it is a comparison of rows, which an index on the same columns
 * answers; with two, the same spelled out.
 */
function keyset(sort: readonly Sort[], after: Position, values: unknown[]): string {
  const keys = [...sort, lastSort(sort)];
  const slots = after.map((value) => `$${values.push(value)}`);
  const names = keys.map(({ field }) => snakeCase(field));
  const sign = (index: number): string => (keys[index]!.descending ? '<' : '>');
  if (keys.every(({ descending }) => descending === keys[0]!.descending)) {
    return `(${names.join(', ')}) ${sign(0)} (${slots.join(', ')})`;
  }
  const branches = keys.map((_, last) => {
    const equal = names.slice(0, last).map((name, index) => `${name} = ${slots[index]}`);
    return `(${[...equal, `${names[last]} ${sign(last)} ${slots[last]}`].join(' and ')})`;
  });
  return `(${branches.join(' or ')})`;
}

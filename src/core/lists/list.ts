import { z } from 'zod';
import { snakeCase } from '../database/naming';
import { type Filter, filterValue, type Operator } from './filter';

export interface Sort {
  readonly field: string;
  readonly descending: boolean;
}

/** What a caller asked of a list, checked. */
export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly offset?: number;
  readonly count: boolean;
  readonly sort: readonly Sort[];
  readonly filters: readonly Filter[];
  readonly fields?: readonly string[];
  readonly expand: readonly string[];
}

/** What a caller asked of a single resource, checked. */
export type ItemQuery = Pick<ListQuery, 'fields' | 'expand'>;

interface Definition<T extends z.ZodObject> {
  /** The resource as the API shows it; its keys are the fields, its id the schema's `.meta({ id })`. */
  readonly item: T;
  readonly table: string;
  /** The filters there are. Each combination with a sort needs an index that serves it. */
  readonly filters: Partial<Record<keyof T['shape'] & string, readonly Operator[]>>;
  /** Fields to sort by; never null in the table. The first, descending, is the default. */
  readonly sorts: readonly (keyof T['shape'] & string)[];
  /** Optional keys of the item that are only filled when the caller asks for them. */
  readonly expands?: readonly (keyof T['shape'] & string)[];
  /** Keys of the item that no column holds: the module fills them into the rows of each page. */
  readonly filled?: readonly (keyof T['shape'] & string)[];
}

export interface List<T extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly table: string;
  readonly item: T;
  /** Field → column, for what can be selected. */
  readonly columns: ReadonlyMap<string, string>;
  /** All of them, as they stand in a SELECT. */
  readonly allColumns: string;
  /** For `@Query({ schema })` of the list route. */
  readonly query: z.ZodType<ListQuery>;
  /** For `@Query({ schema })` of the route of one resource. */
  readonly itemQuery: z.ZodType<ItemQuery>;
  /** What the list route answers. */
  readonly page: z.ZodType;
}

const MAX_OFFSET = 10_000;

/**
 * Declares what callers may ask of a list: filters, sorts, fields and expansions by allow-list (api.md). From it come
 * the query schema, the schema of a page, and the SQL; anything else in the query is a 400 that names it.
 */
export function defineList<T extends z.ZodObject>(definition: Definition<T>): List<T> {
  const expands: readonly string[] = definition.expands ?? [];
  const columnless: readonly string[] = [...expands, ...(definition.filled ?? [])];
  const fields = Object.keys(definition.item.shape).filter((field) => !columnless.includes(field));
  const name = String(definition.item.meta()?.id ?? definition.table);
  const shape = { fields: commaList(fields, 'Only these fields, separated by commas.').optional() };
  const expansion = commaList(expands, 'Parts to fill in, separated by commas.').default([]);
  const item = expands.length ? { ...shape, expand: expansion } : shape;
  return {
    name,
    table: definition.table,
    item: definition.item,
    columns: new Map(fields.map((field) => [field, snakeCase(field)])),
    allColumns: fields.map((field) => `${snakeCase(field)} as "${field}"`).join(', '),
    itemQuery: z.strictObject(item).transform((query) => ({ expand: [], ...query })) as never,
    query: listQuery(definition, item),
    page: pageOf(definition.item, name),
  };
}

function listQuery(definition: Definition<z.ZodObject>, item: z.ZodRawShape): z.ZodType<ListQuery> {
  const filters = filterShape(definition);
  return z
    .strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(20).describe('How many items at the most.'),
      cursor: z.string().min(1).max(2000).optional().describe('`nextCursor` of the page before; opaque.'),
      offset: z.coerce
        .number()
        .int()
        .min(0)
        .max(MAX_OFFSET)
        .optional()
        .describe('Items to skip, for numbered pages; prefer `cursor`, which stays fast and stable.'),
      count: z.stringbool().default(false).describe('Adds `total`.'),
      sort: sortSchema(definition.sorts),
      ...item,
      ...filters,
    })
    .refine(({ cursor, offset }) => cursor === undefined || offset === undefined, {
      path: ['offset'],
      error: 'does not go with cursor',
    })
    .transform((query) => ({ expand: [], ...query, filters: filtersOf(query) })) as never;
}

function filterShape(definition: Definition<z.ZodObject>): z.ZodRawShape {
  const entries = Object.entries(definition.filters).flatMap(([field, operators]) =>
    (operators ?? []).map((operator) => {
      const key = operator === 'eq' ? `filter[${field}]` : `filter[${field}][${operator}]`;
      const schema = filterValue(definition.item.shape[field] as z.ZodType, operator);
      return [
        key,
        schema.optional().describe(`Only items whose ${field} ${MEANING[operator]} this.`),
      ] as const;
    }),
  );
  return Object.fromEntries(entries);
}

const MEANING: Record<Operator, string> = {
  eq: 'is (or has)',
  ne: 'is not',
  gt: 'is greater than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
  in: 'is one of (separated by commas)',
  like: 'contains, in any case,',
};

const FILTER_KEY = /^filter\[(\w+)\](?:\[(\w+)\])?$/;

function filtersOf(query: Record<string, unknown>): Filter[] {
  return Object.entries(query).flatMap(([key, value]) => {
    const match = FILTER_KEY.exec(key);
    if (!match || value === undefined) return [];
    return [{ field: match[1]!, operator: (match[2] ?? 'eq') as Operator, value }];
  });
}

function sortSchema(sorts: readonly string[]): z.ZodType {
  const names = sorts.flatMap((field) => [`-${field}`, field]);
  return commaList(names, 'Up to two fields, `-` before one that descends.', 2)
    .default([names[0]!])
    .transform((keys) =>
      keys.map((key) => ({ field: key.replace(/^-/, ''), descending: key.startsWith('-') })),
    );
}

/** `a,b` out of the allowed names. */
function commaList(allowed: readonly string[], description: string, max = allowed.length) {
  return z
    .string()
    .max(1000)
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(allowed as [string, ...string[]])).max(max))
    .refine((keys) => new Set(keys).size === keys.length, 'names something twice')
    .meta({ description: `${description} Allowed: ${allowed.map((one) => `\`${one}\``).join(', ')}.` });
}

function pageOf(item: z.ZodObject, name: string): z.ZodType {
  return z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable().describe('For `?cursor=` of the next page; null at the end.'),
      total: z.int().optional().describe('How many there are in all; only with `?count=true`.'),
    })
    .meta({ id: `${name}List` });
}

import { ValidationFailed } from '../http/problems';
import type { Sort } from './list';

/** Where a page ended: the values of the sort fields in its last row, and its id. */
export type Position = readonly (string | number | boolean)[];

/** Opaque to callers. The sort is part of it, so that it cannot be used with another. */
export function encodeCursor(sort: readonly Sort[], position: Position): string {
  return Buffer.from(JSON.stringify([sortKey(sort), ...position])).toString('base64url');
}

/** @throws Problem validation_failed for anything that this list did not make for this sort */
export function decodeCursor(
  cursor: string,
  sort: readonly Sort[],
  check: (position: Position) => boolean,
): Position {
  const parts = parse(cursor);
  if (!Array.isArray(parts) || parts[0] !== sortKey(sort) || parts.length !== sort.length + 2)
    throw refused();
  const position = parts.slice(1) as Position;
  if (!check(position)) throw refused();
  return position;
}

const sortKey = (sort: readonly Sort[]): string =>
  sort.map(({ field, descending }) => `${descending ? '-' : ''}${field}`).join(',');

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

const refused = () =>
  ValidationFailed({
    errors: [
      { pointer: 'query.cursor', code: 'cursor', detail: 'is not a nextCursor of this list with this sort' },
    ],
  });

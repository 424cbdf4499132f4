import type { defineProblem } from '../http/problem';
import type { Member } from './caller';

type Refusal = ReturnType<typeof defineProblem>;

/**
 * A rule about single rows, beside and beyond what a role allows: whose it is, what state it is in, who belongs to it.
 * It stands in the module of the row and is asked by its service, on the row that is locked for the change, so that
 * every way in asks the same: routes, batches, resolvers, sockets. It looks at the row and the caller only, without a
 * query.
 */
export interface Policy<Row> {
  /** For `@Refuses()`. */
  readonly refusal: Refusal;
  /** Whether the caller may; for answers that say what is possible. */
  allows(caller: Member, row: Row): boolean;
  /** @throws Problem the refusal */
  assert(caller: Member, row: Row): void;
}

/**
 * Declares a policy. `refusal` is a problem of its own, which tells the caller why: `forbidden`, or `not-found` where
 * it is nobody's business that the row exists. @throws Error for a problem of another kind
 */
export function definePolicy<Row>(refusal: Refusal, allows: Policy<Row>['allows']): Policy<Row> {
  const { kind, code } = refusal.type;
  if (kind !== 'forbidden' && kind !== 'not-found')
    throw new Error(`A policy refuses with a problem that is forbidden or not-found; ${code} is ${kind}.`);
  return {
    refusal,
    allows,
    assert(caller, row) {
      if (!allows(caller, row)) throw refusal();
    },
  };
}

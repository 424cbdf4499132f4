import type { Problem } from './problem';

const told = new Map<string, () => Problem>();

/**
 * Tells a violation of the named database constraint as `problem`, whatever statement meets it. So a rule that only
 * the database can hold under concurrency needs no look beforehand, and no catch afterwards.
 */
export function tellConstraint(constraint: string, problem: () => Problem): void {
  told.set(constraint, problem);
}

/** The problem that was declared for the constraint, if any. */
export const problemOfConstraint = (constraint: string | undefined): Problem | undefined =>
  constraint === undefined ? undefined : told.get(constraint)?.();

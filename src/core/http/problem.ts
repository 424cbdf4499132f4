/** What kind of refusal a problem is; it decides the status, so that services need not know HTTP. */
const STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'not-allowed': 405,
  'not-acceptable': 406,
  timeout: 408,
  conflict: 409,
  gone: 410,
  'precondition-failed': 412,
  'too-large': 413,
  'uri-too-long': 414,
  unsupported: 415,
  unprocessable: 422,
  'precondition-required': 428,
  'too-many': 429,
  'headers-too-large': 431,
  internal: 500,
  unavailable: 503,
} as const;

export type ProblemKind = keyof typeof STATUS;

/** One entry of the catalogue at /problems: a stable code, what it means, and what the caller can do about it. */
export interface ProblemType {
  readonly code: string;
  readonly kind: ProblemKind;
  readonly status: number;
  readonly title: string;
  readonly advice: string;
}

/** A part of the input that was refused. `pointer` is a JSON pointer into the body, or `query.x`, `path.x`, `header.x`. */
export interface ProblemError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** What one occurrence of a problem adds to its type. */
export interface ProblemOccurrence {
  readonly detail?: string;
  readonly errors?: readonly ProblemError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** A refusal that the caller is told of as problem details (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly type: ProblemType,
    readonly occurrence: ProblemOccurrence = {},
  ) {
    super(occurrence.detail ?? type.title);
    this.name = 'Problem';
  }
}

const catalogue = new Map<string, ProblemType>();

/** Every problem that was declared, by code. */
export const problemCatalogue = (): ProblemType[] =>
  [...catalogue.values()].toSorted((a, b) => a.code.localeCompare(b.code));

/**
 * Declares a problem beside the code that throws it; the function it returns makes an occurrence:
 * `throw OutOfStock({ detail: 'Only 3 are left.' })`. Codes are stable: front ends branch on them.
 * @throws Error when the code is taken.
 */
export function defineProblem(kind: ProblemKind, code: string, title: string, advice: string) {
  if (catalogue.has(code)) throw new Error(`The problem code ${code} is declared twice.`);
  const type: ProblemType = { code, kind, status: STATUS[kind], title, advice };
  catalogue.set(code, type);
  const occur = (occurrence?: ProblemOccurrence): Problem => new Problem(type, occurrence);
  return Object.assign(occur, { type });
}

import { appendFileSync } from 'node:fs';

type Counts = Record<string, number>;

interface FullSize {
  readonly sizes: Counts;
  readonly seed: number;
  /** Where `npm run prove` reads what the proof has seen. */
  readonly figures: string;
}

const { PROVE_RUN } = process.env;
const full: FullSize | undefined = PROVE_RUN ? JSON.parse(PROVE_RUN) : undefined;

/** How large a proof is in this run, and where it says what it has seen. */
export interface Proof<S extends Counts> {
  readonly size: S;
  readonly seed: number;
  readonly timeoutMs: number;
  /** Adds to the figures that `npm run prove` keeps; prints nothing and keeps nothing under `npm test`. */
  record(figures: Counts): void;
}

/**
 * A proof in its smallest form under `npm test`, and in the size that scripts/prove/topics.mjs states under
 * `npm run prove`. The names of the sizes are those of the topic.
 */
export function proof<S extends Counts>(small: S, seed = 1): Proof<S> {
  return {
    size: { ...small, ...full?.sizes },
    seed: full?.seed ?? seed,
    timeoutMs: full ? 2 * 3_600_000 : 300_000,
    record: (figures) => full && appendFileSync(full.figures, `${JSON.stringify(figures)}\n`),
  };
}

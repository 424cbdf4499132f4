/** The proofs that `npm run prove` runs, by name. */
export const TOPICS: Record<string, { proves: string; sizes: Record<string, number>; tests?: string[] }>;

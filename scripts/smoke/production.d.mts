/** A configuration that production takes, but for the database: every secret real, and of this run alone. */
export function productionSettings(): Record<string, string>;

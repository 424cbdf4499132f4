type Counts = Record<string, number>;

/** What the last proof at full size has seen; undefined when there was none. */
export function keptFigures(topic: string): { counts: Counts } | undefined;
/** The text of docs/reliability.md. */
export function reliabilityPage(): string;
/** What is less than the topic states, one line each. */
export function shortfalls(topic: string, counts?: Counts): string[];
/** Adds up what the tests recorded, one JSON object a line. */
export function sumOf(lines: string): Counts;

/** What is wrong with a Compose file by our own rules alone. */
export function brokenPromises(text: string): string[];

import { existsSync } from 'node:fs';

/** The modules that the documents speak of. */
const DESCRIBED = ['api-keys', 'auth', 'health', 'organizations', 'products', 'security-events', 'users'];

/** Those of them that this project has taken out. */
const REMOVED = DESCRIBED.filter((name) => !existsSync(`src/modules/${name}`));

/** Whether the path, address or sentence names a module that was taken out: what is said of it is history then. */
export const isHistory = (text: string): boolean =>
  REMOVED.some((name) => new RegExp(`(?:^|[/\\s])${name}(?:[/.,\\s-]|$)`).test(text));

/** The modules that a page needs, from its line `<!-- needs: products, organizations -->`. */
export function needsOf(markdown: string): string[] {
  const names = /^<!-- needs: (.+) -->$/m.exec(markdown)?.[1]?.split(', ') ?? [];
  const unknown = names.filter((name) => !DESCRIBED.includes(name));
  if (unknown.length > 0) throw new Error(`There is no module ${unknown.join(', ')}.`);
  return names;
}

export const isPlayable = (markdown: string): boolean =>
  needsOf(markdown).every((name) => !REMOVED.includes(name));

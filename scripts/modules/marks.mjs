// By what a text names a module: its paths, routes, permissions, variables, codes, and its name as words.
import { readFileSync } from 'node:fs';
import { belongings, sourcesOf } from './inventory.mjs';

/** Core speaks of these by itself: tenants are organizations, and the ledger of security events is core's. */
const WORDS_OF_CORE = ['organizations', 'security-events'];

/** What the documents call a module that is not there. */
const EXAMPLE = 'boats';

const VARIABLE = /^ {2}([A-Z][A-Z\d_]+):/gm;

/** `boats` → `boat`, `ferries` → `ferry`; undefined when the name is not a plural. */
export function singularOf(name) {
  if (/[^aeiou]ies$/.test(name)) return name.replace(/ies$/, 'y');
  if (/(x|ch|sh|ss)es$/.test(name)) return name.replace(/es$/, '');
  return /[^s]s$/.test(name) ? name.slice(0, -1) : undefined;
}

export const camel = (name) => name.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());
export const snake = (name) => name.replaceAll('-', '_');

/** Tells whether a text names one of the modules. Asked while their files are still there. */
export function marksOf(names) {
  const patterns = names.filter((name) => name !== EXAMPLE).map((name) => new RegExp(markOf(name)));
  return (text) => patterns.some((pattern) => pattern.test(text));
}

function markOf(name) {
  const one = singularOf(name) ?? name;
  const always = [
    // `/v1/boats`, `src/modules/boats/`, `(boats.md)`; not core's folder of the same name.
    `(?<!src/core|core)/${name}(?![\\w-])`,
    `\\b${name}\\.md\\b`,
    // `boats:read`, `{{boatId}}`, `boat_not_found`, `boat.launched`
    `\\b${name}:[a-z]`,
    `\\b${camel(one)}(?:Id|\\.[a-z])`,
    `\\b${snake(one)}s?[_.][a-z]`,
    ...variablesOf(name).map((variable) => `\\b${variable}\\b`),
  ];
  return (WORDS_OF_CORE.includes(name) ? always : [...always, ...wordsOf(name, one)]).join('|');
}

/** `Boats`, `API keys`; in the singular only if that is more than one word, and so no word of everyday English. */
const wordsOf = (name, one) =>
  [name, ...(one.includes('-') ? [one.replaceAll('-', ' ')] : [])].map((each) => {
    const words = each
      .split('-')
      .map((word) => word.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`));
    return `(?<![\\w-])${words.join('[-_ ]')}(?![\\w-])`;
  });

const variablesOf = (name) =>
  sourcesOf(belongings(name))
    .filter((file) => file.endsWith('.config.ts'))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(VARIABLE)].map(([, variable]) => variable));

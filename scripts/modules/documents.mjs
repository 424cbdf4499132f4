// What is written about a module: taken out of the documents with it, and looked for afterwards.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { prune } from './prune.mjs';

/** Made from the code; all other documents are written by hand. */
const GENERATED = ['openapi.json', '.env.example', 'docs/problems.md', 'docs/configuration.md'];
/** What was decided, measured and released is told as it was. */
const HISTORY = /^(CHANGELOG\.md|docs\/(adr|performance|reliability)\b)/;
const COVERAGE = 'docs/coverage.md';
const ROW = /^\|\s*(\d+\.\d+)\s*\|\s*([^.|]+)\./gm;

const pagesIn = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/')));

/** Every page that tells how the project is. */
const pages = () =>
  [...readdirSync('.').filter((file) => file.endsWith('.md')), ...pagesIn('docs'), ...pagesIn('src')].filter(
    (file) => !HISTORY.test(file) && !GENERATED.includes(file),
  );

/** The page of the guide that is about the module. */
export const guidePageOf = (name) => `docs/guide/${name}.md`;

/** Takes what names the modules out of every page; answers the pages that changed. */
export function pruneDocuments(names, gone) {
  return pages().filter((file) => {
    const before = readFileSync(file, 'utf8');
    const pruned = prune(before, gone, names);
    if (pruned.trimEnd() === before.trimEnd()) return false;
    writeFileSync(file, file === COVERAGE ? withLater(before, pruned) : pruned);
    return true;
  });
}

/** A part of a topic that nothing holds is one that comes later. */
function withLater(before, pruned) {
  const ids = new Set([...pruned.matchAll(ROW)].map(([, id]) => id));
  const lost = [...before.matchAll(ROW)]
    .filter(([, id]) => !ids.has(id))
    .map(([, id, title]) => `${id} ${title}`);
  return pruned.replace(/\.\n$/, `${lost.map((part) => `, ${part}`).join('')}.\n`);
}

/** The lines of the documents and of what is made from the code that still name a module. */
export const leftovers = (gone) =>
  [...pages(), ...GENERATED.filter((file) => existsSync(file))].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (gone(line) ? [`${file}:${index + 1} ${line.trim().slice(0, 120)}`] : [])),
  );

export const removeGuidePages = (names) => {
  for (const name of names) rmSync(guidePageOf(name), { force: true });
};

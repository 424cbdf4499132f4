// What the modules are, what belongs to each, and what needs what. There is no manifest: a module owns the paths that
// carry its name, and needs what its files import.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const IMPORT = /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*['"]([^'"]+)['"]/g;

/** Sign-in, users and the probes cannot go: the rest is reached and tested through them. */
export const KEPT = ['auth', 'health', 'users'];

/** The names of the modules, sorted. */
export const moduleNames = () =>
  readdirSync('src/modules', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();

/** Throws when one of the names is no module. */
export function assertModules(names) {
  const unknown = names.filter((name) => !moduleNames().includes(name));
  if (unknown.length > 0)
    throw new Error(`There is no module "${unknown.join('", "')}"; there are ${moduleNames().join(', ')}.`);
}

/**
 * src/modules/<name>/, test/<name>/, migrations/<timestamp>-<name>.<change>.ts and the planted defects of these, as far
 * as they exist.
 */
export function belongings(name) {
  const folders = [`src/modules/${name}`, `test/${name}`];
  const migrations = filesIn('migrations').filter(
    (file) => path.posix.basename(file).replace(/^\d+-/, '').split('.')[0] === name,
  );
  const defects = filesIn('test/defects').filter((file) => {
    const text = readFileSync(file, 'utf8');
    return [...folders.map((folder) => `${folder}/`), ...migrations].some((place) => text.includes(place));
  });
  return [...folders, ...migrations, ...defects].filter((place) => existsSync(place));
}

const filesIn = (folder) =>
  existsSync(folder) ? readdirSync(folder).map((file) => path.posix.join(folder, file)) : [];

/** Every source file at or under the places. */
export const sourcesOf = (places) =>
  places.flatMap((place) => {
    if (!statSync(place).isDirectory()) return /\.[cm]?[jt]s$/.test(place) ? [place] : [];
    return sourcesOf(readdirSync(place).map((entry) => path.posix.join(place, entry)));
  });

/** What the files import: paths from the project's root, and names of packages. */
export const importsOf = (files) =>
  files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, target]) =>
      target.startsWith('.') ? path.posix.join(path.posix.dirname(file), target) : target,
    ),
  );

/** The modules that this one imports from, its test and its migrations included. */
export function needsOf(name) {
  const targets = importsOf(sourcesOf(belongings(name)));
  return moduleNames().filter(
    (other) => other !== name && targets.some((target) => target.startsWith(`src/modules/${other}/`)),
  );
}

/** The module and all that cannot do without it, dependents first. */
export function dependentsOf(name, seen = new Set()) {
  if (seen.has(name)) return [];
  seen.add(name);
  const direct = moduleNames().filter((other) => needsOf(other).includes(name));
  return [...direct.flatMap((other) => dependentsOf(other, seen)), name];
}

/** The text of modules.txt: each module, and what it needs. */
export const graph = () =>
  moduleNames()
    .map((name) => `${lineOf(name, needsOf(name))}\n`)
    .join('');

const lineOf = (name, needs) => (needs.length > 0 ? `${name.padEnd(20)} needs ${needs.join(', ')}` : name);

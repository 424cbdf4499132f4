// Makes a small working module, in the manner of `products`: rows of an organization, with list, create, get, update
// and remove, a migration and a test.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { enlist } from './app-module.mjs';
import { regenerate, run } from './commands.mjs';

const TEMPLATE = path.join(import.meta.dirname, 'template');
const NAME = /^[a-z][a-z\d]*(-[a-z][a-z\d]*)*$/;
// Words of SQL and folders that a table or module of this name would collide with.
const TAKEN = new Set([
  'users',
  'tables',
  'columns',
  'values',
  'orders',
  'indexes',
  'migrations',
  'modules',
  'problems',
]);

/** Throws when the name is not a plural one in kebab-case, or is taken. Answers the files that were made. */
export function create(name) {
  const names = namesOf(name, checked(name));
  const files = readdirSync(TEMPLATE).map((file) => {
    const target = targetOf(file, names);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, filled(readFileSync(path.join(TEMPLATE, file), 'utf8'), names));
    return target;
  });
  enlist(name, `${pascal(name)}Module`);
  run(`npx prettier --write ${files.join(' ')}`);
  regenerate();
  return files;
}

function checked(name = '') {
  if (!NAME.test(name) || name.length > 40)
    throw new Error('Give a name in lower-case words: `feature-flags`.');
  const singular = singularOf(name);
  if (!singular) throw new Error(`Modules have plural names: "${name}" does not end in s.`);
  const table = name.replaceAll('-', '_');
  if (TAKEN.has(table) || existsSync(`src/modules/${name}`)) throw new Error(`The name "${name}" is taken.`);
  return singular;
}

function singularOf(name) {
  if (/[^aeiou]ies$/.test(name)) return name.replace(/ies$/, 'y');
  if (/(x|ch|sh|ss)es$/.test(name)) return name.replace(/es$/, '');
  return /[^s]s$/.test(name) ? name.slice(0, -1) : undefined;
}

const pascal = (name) => name.replace(/(^|-)(.)/g, (_, _dash, letter) => letter.toUpperCase());
const camel = (name) => pascal(name).replace(/^./, (letter) => letter.toLowerCase());
const snake = (name) => name.replaceAll('-', '_');
const words = (name) => name.replaceAll('-', ' ');

/** The forms of the name that the template asks for. */
const namesOf = (plural, singular) => ({
  things: plural,
  thing: singular,
  THINGS: pascal(plural),
  THING: pascal(singular),
  list: camel(plural),
  item: camel(singular),
  table: snake(plural),
  code: snake(singular),
  many: words(plural),
  one: words(singular),
  time: timestamp(),
});

/** `things.service.ts.txt` → `src/modules/<name>/<name>.service.ts`; the migration and the test go to their folders. */
function targetOf(file, { things, thing, time }) {
  const base = file.replace('.txt', '').replace(/^things?/, (form) => (form === 'things' ? things : thing));
  if (base.includes('.create.ts')) return `migrations/${time}-${base}`;
  return base.includes('e2e-spec') ? `test/${things}/${base}` : `src/modules/${things}/${base}`;
}

/** After every migration that there is. */
function timestamp() {
  const newest = Math.max(...readdirSync('migrations').map((file) => Number(file.split('-')[0])));
  return Math.max(newest + 1000, Date.now());
}

const filled = (template, names) =>
  template.replace(/\{\{(\w+)\}\}/g, (_, form) => {
    if (!Object.hasOwn(names, form))
      throw new Error(`The template asks for {{${form}}}, which there is not.`);
    return names[form];
  });

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
  const singular = checked(name);
  const files = readdirSync(TEMPLATE).map((file) => {
    const target = targetOf(file, name, singular);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, filled(readFileSync(path.join(TEMPLATE, file), 'utf8'), name, singular));
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

/** `things.service.ts.txt` → `src/modules/<name>/<name>.service.ts`; the migration and the test go to their folders. */
function targetOf(file, name, singular) {
  const base = file
    .replace('.txt', '')
    .replace(/^things/, name)
    .replace(/^thing/, singular);
  if (base.includes('.create.ts')) return `migrations/${timestamp()}-${base}`;
  return base.includes('e2e-spec') ? `test/${base}` : `src/modules/${name}/${base}`;
}

/** After every migration that there is. */
function timestamp() {
  const newest = Math.max(...readdirSync('migrations').map((file) => Number(file.split('-')[0])));
  return Math.max(newest + 1000, Date.now());
}

const filled = (template, name, singular) => {
  const forms = {
    things: name,
    THINGS: pascal(name),
    THING: pascal(singular),
    list: camel(name),
    item: camel(singular),
    table: snake(name),
    code: snake(singular),
    many: words(name),
    one: words(singular),
    time: String(timestamp()),
  };
  return template.replace(/\{\{(\w+)\}\}/g, (_, form) => forms[form]);
};

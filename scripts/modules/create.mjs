// Makes a small working module, in the manner of `products`: rows of an organization, with list, create, get, update
// and remove, a migration and a test.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { enlist } from './app-module.mjs';
import { regenerate, run } from './commands.mjs';
import { asAWhole } from './copy.mjs';
import { camel, singularOf, snake } from './marks.mjs';

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

/**
 * Makes all of them, or throws before anything has changed: when a name is not a plural one in kebab-case or is taken,
 * or when a step fails. Answers the files that were made.
 */
export async function create(names) {
  if (names.length === 0) throw new Error('Name the modules to make: npm run modules -- new boats');
  const forms = names.map((name) => namesOf(name, checked(name)));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`The name "${twice}" is there twice.`);
  return asAWhole(async () => {
    const files = [];
    for (const each of forms) files.push(...(await makeOne(each)));
    await run(`npx prettier --write ${files.join(' ')}`);
    await regenerate();
    return files;
  });
}

async function makeOne(forms) {
  const names = { ...forms, time: timestamp() };
  const files = readdirSync(TEMPLATE).map((file) => {
    const target = targetOf(file, names);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, filled(readFileSync(path.join(TEMPLATE, file), 'utf8'), names));
    return target;
  });
  await enlist(names.things, `${names.THINGS}Module`);
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

const pascal = (name) => name.replace(/(^|-)(.)/g, (_, _dash, letter) => letter.toUpperCase());
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

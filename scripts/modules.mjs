// Lists, makes, removes and proves removable the feature modules.
//
//   npm run modules                              what there is and what needs what; writes modules.txt
//   npm run modules -- list --check              compares modules.txt instead
//   npm run modules -- new <names>               a small working module with its migration and test
//   npm run modules -- remove <names>            a module and all that belongs to it (--cascade: and all that need it)
//   npm run modules -- check [names ...]         remove each from a scratch copy, then check and test the rest
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { check } from './modules/check.mjs';
import { create } from './modules/create.mjs';
import { graph } from './modules/inventory.mjs';
import { remove } from './modules/remove.mjs';
import { enterProject } from './settings.mjs';

const FILE = 'modules.txt';

const COMMANDS = {
  list(_names, { check: compare }) {
    const text = graph();
    if (!compare) {
      writeFileSync(FILE, text);
      return process.stdout.write(text);
    }
    if (existsSync(FILE) && readFileSync(FILE, 'utf8') === text) return undefined;
    throw new Error(`${FILE} is not what the imports say: npm run modules`);
  },
  new([name]) {
    console.log(`Made:\n${create(name).join('\n')}`);
    console.log(`Read test/${name}/access.txt: is it who may call it?`);
  },
  remove([name], options) {
    console.log(`Removed ${remove(name ?? '', options).join(', ')}.`);
  },
  async check(names) {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.once(signal, () => stop.abort(new Error(`Ended by ${signal}.`)));
    await check(names, stop.signal);
  },
};

const args = process.argv.slice(2);
const flag = (name) => args.includes(`--${name}`);
const [command = 'list', ...names] = args.filter((argument) => !argument.startsWith('--'));
try {
  enterProject();
  if (!Object.hasOwn(COMMANDS, command)) throw new Error(`Commands: ${Object.keys(COMMANDS).join(', ')}.`);
  await COMMANDS[command](names, { check: flag('check'), cascade: flag('cascade') });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

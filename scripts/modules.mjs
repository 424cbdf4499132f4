// Lists, makes, removes and proves removable the feature modules.
//
//   npm run modules                              what there is and what needs what; writes modules.txt
//   npm run modules -- list --check              compares modules.txt instead
//   npm run modules -- new <names>               a small working module with its migration and test
//   npm run modules -- remove <names>            a module and all that belongs to it (--cascade: and all that need it)
//   npm run modules -- check [names ...]         remove each from a scratch copy, then check and test the rest
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { faultWithout, withoutText } from './modules/check.mjs';
import { create } from './modules/create.mjs';
import { graph, moduleNames } from './modules/inventory.mjs';
import { remove } from './modules/remove.mjs';
import { enterProject } from './settings.mjs';

const FILE = 'modules.txt';
/** Sign-in, users and the probes are what the rest is tested through. */
const REMOVABLE = (name) => !['auth', 'users', 'health'].includes(name);

const COMMANDS = {
  list(_names, { check }) {
    const text = graph();
    if (!check) {
      writeFileSync(FILE, text);
      return process.stdout.write(text);
    }
    if (existsSync(FILE) && readFileSync(FILE, 'utf8') === text) return undefined;
    throw new Error(`${FILE} is not what the imports say: npm run modules`);
  },
  new([name]) {
    console.log(`Made:\n${create(name).join('\n')}`);
    console.log('Read the changes of test/access.table.txt: is it who may call it?');
  },
  remove([name], options) {
    console.log(`Removed ${remove(name ?? '', options).join(', ')}.`);
  },
  check(names) {
    for (const name of names.length > 0 ? names : moduleNames().filter(REMOVABLE)) {
      const text = withoutText(name);
      const fault = faultWithout(name);
      console.log(`${fault ? 'FAIL' : 'ok  '} ${text}`);
      if (fault) console.error(fault);
      if (fault) process.exitCode = 1;
    }
  },
};

const args = process.argv.slice(2);
const flag = (name) => args.includes(`--${name}`);
const [command = 'list', ...names] = args.filter((argument) => !argument.startsWith('--'));
try {
  enterProject();
  if (!Object.hasOwn(COMMANDS, command)) throw new Error(`Commands: ${Object.keys(COMMANDS).join(', ')}.`);
  COMMANDS[command](names, { check: flag('check'), cascade: flag('cascade') });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

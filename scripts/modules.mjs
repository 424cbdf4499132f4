// Lists, makes, removes and proves removable the feature modules.
//
//   npm run modules                              what there is and what needs what; writes modules.txt
//   npm run modules -- list --check              compares modules.txt instead
//   npm run modules -- new <names>               a small working module with its migration and test
//   npm run modules -- remove <names>            a module and all that belongs to it (--cascade: and all that need it)
//   npm run modules -- check [names]             remove each from a scratch copy, then check and test the rest
//   npm run modules -- check --touched 2         of these, the two that the last 20 commits touched most
import '../src/launch.js';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { check } from './modules/check.mjs';
import { stopOnSignals } from './modules/commands.mjs';
import { create } from './modules/create.mjs';
import { graph } from './modules/inventory.mjs';
import { remove } from './modules/remove.mjs';
import { enterProject } from './settings.mjs';

const FILE = 'modules.txt';

const COMMANDS = {
  list: {
    options: { check: { type: 'boolean' } },
    run(names, { check: compare }) {
      if (names.length > 0) throw new Error(`list takes no names: ${names.join(', ')}.`);
      const text = graph();
      if (!compare) {
        writeFileSync(FILE, text);
        return process.stdout.write(text);
      }
      if (existsSync(FILE) && readFileSync(FILE, 'utf8') === text) return undefined;
      throw new Error(`${FILE} is not what the imports say: npm run modules`);
    },
  },
  new: {
    options: {},
    async run(names) {
      console.log(`Made:\n${(await create(names)).join('\n')}`);
      for (const name of names) console.log(`Read test/${name}/access.txt: is it who may call it?`);
    },
  },
  remove: {
    options: { cascade: { type: 'boolean' } },
    async run(names, options) {
      console.log(`Removed ${(await remove(names, options)).join(', ')}.`);
    },
  },
  check: { options: { touched: { type: 'string' } }, run: check },
};

try {
  enterProject();
  stopOnSignals();
  const [command = 'list', ...args] = process.argv.slice(2);
  if (!Object.hasOwn(COMMANDS, command)) throw new Error(`Commands: ${Object.keys(COMMANDS).join(', ')}.`);
  const { options, run } = COMMANDS[command];
  const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
  await run(positionals, values);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

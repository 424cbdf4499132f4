// The one list that a module joins: src/app.module.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { run } from './commands.mjs';

const FILE = 'src/app.module.ts';

async function edit(change) {
  writeFileSync(FILE, change(readFileSync(FILE, 'utf8')));
  await run(`npx prettier --write ${FILE}`);
}

/** Adds the line of a module, and its class at the end of the imports. */
export function enlist(name, className) {
  return edit((source) => {
    const line = `import { ${className} } from './modules/${name}/${name}.module';\n`;
    const lines = source.match(/^import .*\n/gm);
    const next = lines.find((other) => other.includes('./modules/') && other > line) ?? '\n/**';
    const at = source.indexOf(next);
    const listed = `${source.slice(0, at)}${line}${source.slice(at)}`;
    return listed.replace(/,?\s*\](?=,?\s*\}\)\s*\nexport class AppModule)/, `, ${className}]`);
  });
}

/** Takes the line of a module and its class out again. */
export function delist(name) {
  return edit((source) => {
    const found = source.match(new RegExp(`^import \\{ (\\w+) \\} from './modules/${name}/.*\\n`, 'm'));
    if (!found) return source;
    const [line, className] = found;
    return source.replace(line, '').replace(new RegExp(`\\s*\\b${className}\\b,?`), '');
  });
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** Not written as one word, or this file would be one that imports it. */
const PACKAGE = ['left', 'pad'].join('-');
const ROOT = join(__dirname, '../..');
/** What is not the project's, and what the tool only passes on: it copies all of it, twice a run. */
const LEFT_OUT = /^(node_modules|dist|coverage|\.git|\.data|\.cache|test|deploy|openapi\.json|src\/core)$/;

/** A copy of the project for the module tool, with npm and npx that only say what they were asked. */
export class ModuleProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'modules-'));

  constructor() {
    cpSync(ROOT, this.folder, { recursive: true, filter: (file) => !LEFT_OUT.test(relative(ROOT, file)) });
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    mkdirSync(join(this.folder, 'bin'));
    for (const name of ['npm', 'npx']) this.answer(name, `echo "${name} $*" >> "${this.folder}/asked.txt"`);
  }

  /** What a program does in place of the real one, in sh. */
  answer(program: string, script: string): void {
    writeFileSync(join(this.folder, 'bin', program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  environment(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: `${join(this.folder, 'bin')}:${process.env.PATH}` };
  }

  tool(...args: string[]): { status: number | null; said: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/modules.mjs', ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      env: this.environment(),
    });
    return { status, said: `${stdout}${stderr}` };
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  add(file: string, text: string): void {
    mkdirSync(join(this.folder, file, '..'), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** Modules that need nothing, and lamps, which need oils. */
  addModules(...others: string[]): void {
    this.add('src/modules/oils/oils.module.ts', `import '${PACKAGE}';\nexport class OilsModule {}\n`);
    this.add(
      'src/modules/lamps/lamps.module.ts',
      "import '../oils/oils.module';\nexport class LampsModule {}\n",
    );
    for (const name of others) this.add(`src/modules/${name}/${name}.module.ts`, 'export const none = 1;\n');
    this.add('test/oils/oils.e2e-spec.ts', '');
    this.add('migrations/1-oils.create.ts', '');
    const lines = ['lamps', 'oils'].map((name) => {
      const symbol = `${name[0]!.toUpperCase()}${name.slice(1)}Module`;
      return { symbol, line: `import { ${symbol} } from './modules/${name}/${name}.module';\n` };
    });
    const listed = lines.map(({ symbol }) => `, ${symbol}`).join('');
    const source = this.read('src/app.module.ts').replace(/,?\s*\],?\n\}\)/, `${listed}],\n})`);
    this.add('src/app.module.ts', lines.map(({ line }) => line).join('') + source);
    const manifest = JSON.parse(this.read('package.json'));
    manifest.dependencies[PACKAGE] = '1.0.0';
    this.add('package.json', JSON.stringify(manifest));
  }

  /** Every file with its content in short, but for what was asked of npm. */
  content(): Record<string, string> {
    const files = readdirSync(this.folder, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && entry.name !== 'asked.txt',
    );
    const contents = files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file, createHash('sha256').update(readFileSync(file)).digest('hex')] as const;
    });
    return Object.fromEntries(contents);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

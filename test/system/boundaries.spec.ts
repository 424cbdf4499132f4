import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** A tree that keeps every rule. */
const LAWFUL: Record<string, string> = {
  'src/core/clock.ts': 'export const now = () => Date.now();',
  'src/core/database/rows.ts': 'export const rows = 1;',
  'src/app.module.ts': "import './modules/lamps/lamps.module'; import './modules/oil/oil.module';",
  'src/main.ts': "import './app.module';",
  'src/modules/lamps/lamps.module.ts': "import './lamps.controller'; import '../../core/clock';",
  'src/modules/lamps/lamps.controller.ts': "import './lamps.schema'; import '../oil/oil.service';",
  'src/modules/lamps/lamps.schema.ts': "import { z } from 'zod'; export const lamp = z.object({});",
  'src/modules/oil/oil.module.ts': "import './oil.service';",
  'src/modules/oil/oil.service.ts': "import '../../core/database/rows'; import './barrels/barrel';",
  'src/modules/oil/barrels/barrel.ts': 'export const barrel = 1;',
  'test/lamps/lamps.e2e-spec.ts': "import '../../src/modules/lamps/lamps.module'; import '../support/app';",
  'test/support/app.ts': "import '../../src/app.module';",
  'migrations/1-lamps.create.ts': 'export const up = 1;',
};

/** Each rule, and a file that breaks it. */
const VIOLATIONS: [rule: string, file: string, source: string][] = [
  ['core-knows-no-feature', 'src/core/nosy.ts', "import '../modules/oil/oil.service';"],
  ['modules-meet-at-public-files', 'src/modules/lamps/lamps.jobs.ts', "import '../oil/barrels/barrel';"],
  ['only-app-module-lists-features', 'src/worker.ts', "import './modules/oil/oil.service';"],
  ['only-app-module-lists-features', 'test/support/oil.ts', "import '../../src/modules/oil/oil.service';"],
  ['nobody-imports-a-process', 'test/support/process.ts', "import '../../src/main';"],
  ['tests-see-their-own-module', 'test/lamps/oil.e2e-spec.ts', "import '../../src/modules/oil/oil.service';"],
  ['migrations-stand-alone', 'migrations/2-lamps.fill.ts', "import '../src/core/clock';"],
  ['data-knows-no-logic', 'src/modules/lamps/lamps.events.ts', "import '../oil/oil.service';"],
  ['controllers-see-no-database', 'src/modules/oil/oil.controller.ts', "import '../../core/database/rows';"],
  ['no-cycles', 'src/core/snake.ts', "import './tail';"],
  ['no-orphans', 'src/core/forgotten.ts', 'export const forgotten = 1;'],
  ['packages-are-declared', 'src/core/borrowed.ts', "import 'file-type';"],
  ['production-needs-no-development-package', 'src/core/tested.ts', "import 'supertest';"],
  ['everything-is-found', 'src/core/lost.ts', "import './nowhere';"],
];

describe('The boundaries', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'boundaries-'));
    for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
      cpSync(join(ROOT, file), join(scratch, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'));
    for (const [file, source] of Object.entries(LAWFUL)) write(file, source);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function write(file: string, source: string): void {
    mkdirSync(dirname(join(scratch, file)), { recursive: true });
    writeFileSync(join(scratch, file), source);
  }

  function broken(): string[] {
    const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [cruiser, 'src', 'test', 'migrations', '--config', '.dependency-cruiser.cjs', '-T', 'json'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: scratch, encoding: 'utf8' });
    if (!stdout) throw new Error(stderr);
    const violations: { from: string; rule: { name: string } }[] = JSON.parse(stdout).summary.violations;
    return violations.map(({ from, rule }) => `${rule.name}: ${from}`);
  }

  it('let a lawful tree pass, and hold each rule against the file that breaks it', () => {
    expect(broken()).toEqual([]);
    write('src/core/tail.ts', "import './snake';");
    for (const [, file, source] of VIOLATIONS) write(file, source);
    const expected = VIOLATIONS.map(([rule, file]) => `${rule}: ${file}`);
    expect(broken().toSorted()).toEqual(expect.arrayContaining(expected));
  });

  it('have a violation for each rule', () => {
    // oxlint-disable-next-line typescript/no-require-imports -- the rules are CommonJS
    const { forbidden }: { forbidden: { name: string }[] } = require('../../.dependency-cruiser.cjs');
    expect(new Set(VIOLATIONS.map(([rule]) => rule))).toEqual(new Set(forbidden.map(({ name }) => name)));
  });
});

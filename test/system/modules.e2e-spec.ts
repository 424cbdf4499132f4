import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { owned } from '../support/owned';
import { eventually } from '../support/eventually';
import { alive } from '../support/postgres-launcher';

/** Not written as one word, or this file would be one that imports it. */
const PACKAGE = ['left', 'pad'].join('-');
const ROOT = join(__dirname, '../..');
const LEFT_OUT = /[/\\](node_modules|dist|coverage|\.git|\.data)$/;

/** The project without what it installs and builds, and with npm and npx that only say what they were asked. */
function scratchCopy(): string {
  const scratch = mkdtempSync(join(tmpdir(), 'modules-'));
  cpSync(ROOT, scratch, { recursive: true, filter: (file) => !LEFT_OUT.test(file) });
  symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'));
  mkdirSync(join(scratch, 'bin'));
  for (const name of ['npm', 'npx']) {
    writeFileSync(join(scratch, 'bin', name), `#!/bin/sh\necho "${name} $*" >> "${scratch}/asked.txt"\n`, {
      mode: 0o755,
    });
  }
  return scratch;
}

describe('The module tool', () => {
  let scratch: string;
  beforeEach(() => {
    scratch = scratchCopy();
  });
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  const environment = () => ({ ...process.env, PATH: `${join(scratch, 'bin')}:${process.env.PATH}` });
  function tool(...args: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/modules.mjs', ...args], {
      cwd: scratch,
      encoding: 'utf8',
      env: environment(),
    });
    return { status, said: `${stdout}${stderr}` };
  }
  const read = (file: string): string => readFileSync(join(scratch, file), 'utf8');
  const add = (file: string, text: string): void => {
    mkdirSync(join(scratch, file, '..'), { recursive: true });
    writeFileSync(join(scratch, file), text);
  };
  /** A module that needs nothing, and one that needs it. */
  function addLampsAndOil(): void {
    add('src/modules/oils/oils.module.ts', `import '${PACKAGE}';\nexport class OilsModule {}\n`);
    add('src/modules/lamps/lamps.module.ts', "import '../oils/oils.module';\nexport class LampsModule {}\n");
    add('test/oils/oils.e2e-spec.ts', '');
    add('migrations/1-oils.create.ts', '');
    const lines = ['lamps', 'oils'].map((name) => {
      const symbol = `${name[0]!.toUpperCase()}${name.slice(1)}Module`;
      return { symbol, line: `import { ${symbol} } from './modules/${name}/${name}.module';\n` };
    });
    const listed = lines.map(({ symbol }) => `, ${symbol}`).join('');
    const source = read('src/app.module.ts').replace(/,?\s*\],?\n\}\)/, `${listed}],\n})`);
    add('src/app.module.ts', lines.map(({ line }) => line).join('') + source);
    const manifest = JSON.parse(read('package.json'));
    manifest.dependencies[PACKAGE] = '1.0.0';
    add('package.json', JSON.stringify(manifest));
  }

  it('writes what needs what, and notices when that has changed', () => {
    expect(tool('list', '--check').status).toBe(0);
    addLampsAndOil();
    expect(tool('list', '--check')).toMatchObject({ status: 1 });
    expect(tool('list').said).toMatch(/^lamps +needs oils$/m);
    expect(tool('list', '--check').status).toBe(0);
  });

  it('does not remove what another module needs', () => {
    addLampsAndOil();
    const { status, said } = tool('remove', 'oils');
    expect(status).toBe(1);
    expect(said).toContain('oils is needed by lamps');
    expect(existsSync(join(scratch, 'src/modules/oils'))).toBe(true);
  });

  it('removes with a module all that carries its name, its line and its package', () => {
    const before = read('src/app.module.ts');
    const packages = Object.keys(JSON.parse(read('package.json')).dependencies);
    addLampsAndOil();
    expect(tool('remove', 'oils', '--cascade').status).toBe(0);
    const left = ['src/modules', 'test', 'migrations'].flatMap((folder) =>
      readdirSync(join(scratch, folder)),
    );
    expect(left.filter((name) => /oils|lamps/.test(name))).toEqual([]);
    const bare = (text: string) => text.replace(/[\s,]/g, '');
    expect(bare(read('src/app.module.ts'))).toBe(bare(before));
    expect(Object.keys(JSON.parse(read('package.json')).dependencies)).toEqual(packages);
    expect(read('asked.txt')).toContain('npm run --silent generate');
  });

  describe('when it checks', () => {
    let copies: string;
    beforeEach(() => {
      copies = mkdtempSync(join(tmpdir(), 'copies-'));
      addLampsAndOil();
    });
    afterEach(() => rmSync(copies, { recursive: true, force: true }));

    function start() {
      const env = { ...environment(), TMPDIR: copies, DATABASE_URL: 'postgres://of.the.developer/' };
      const child = owned(
        spawn(process.execPath, ['scripts/modules.mjs', 'check', 'oils'], { cwd: scratch, env }),
      );
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
      return { child, ended: once(child, 'close').then(([status]) => ({ status, said })) };
    }
    const instead = (npx: string) => writeFileSync(join(scratch, 'bin/npx'), `#!/bin/sh\n${npx}\n`);

    it('tells what it tried without a module and all that need it, and keeps no copy', async () => {
      instead('echo "$PWD on ${DATABASE_URL:-its own database}: $*" >> "$(dirname "$0")/../asked.txt"');
      const { status, said } = await start().ended;
      expect([status, said]).toEqual([0, expect.stringMatching(/^without lamps, oils\n(ok .*\n){3}$/)]);
      expect(read('asked.txt')).toMatch(/without-oils-\w+ on its own database: jest --testPathIgnore/);
      expect(readdirSync(copies)).toEqual([]);
    });

    it('fails with what the step said that failed, and keeps no copy', async () => {
      instead('case "$*" in *Ignore*) echo "lamps go out"; exit 1;; esac');
      const { status, said } = await start().ended;
      expect(status).toBe(1);
      expect(said).toMatch(/^FAIL tests.*\n\nnpx jest .*\nlamps go out\n/m);
      expect(said).toMatch(/does not do without oils/);
      expect(readdirSync(copies)).toEqual([]);
    });

    it('ends all that it started when it is told to stop, and keeps no copy', async () => {
      instead('case "$*" in *Ignore*) echo $$ > "$(dirname "$0")/../pid.txt"; exec sleep 60;; esac');
      const { child, ended } = start();
      const pid = await eventually(() => Number(/^\d+\n/.exec(read('pid.txt'))![0]));
      child.kill('SIGTERM');
      const { status, said } = await ended;
      expect([status, said]).toEqual([1, expect.stringContaining('Ended by SIGTERM.')]);
      await eventually(() => expect(alive(pid)).toBe(false));
      expect(readdirSync(copies)).toEqual([]);
    });
  });

  it('makes a module under every form of its name', () => {
    const { status, said } = tool('new', 'harbour-fees');
    expect([status, said]).toEqual([
      0,
      expect.stringContaining('src/modules/harbour-fees/harbour-fee.entity.ts'),
    ]);
    expect(read('src/modules/harbour-fees/harbour-fee.entity.ts')).toContain("@Entity('harbour_fees')");
    expect(read('src/modules/harbour-fees/harbour-fees.service.ts')).toContain("'harbour_fee_not_found'");
    expect(read('src/app.module.ts')).toContain(
      "import { HarbourFeesModule } from './modules/harbour-fees/harbour-fees.module';",
    );
    expect(tool('list').said).toMatch(/^harbour-fees$/m);
  });

  it('makes no module of a name that is taken, not plural, or not a name', () => {
    const before = readdirSync(join(scratch, 'src/modules'));
    const names = ['', 'Lamps', 'lamp', 'glass', '../lamps', 'lamps/', 'lamps--oil', '1lamps', 'users'];
    expect(names.filter((name) => tool('new', name).status !== 1)).toEqual([]);
    expect(readdirSync(join(scratch, 'src/modules'))).toEqual(before);
  });

  it('removes nothing that is not a module', () => {
    const names = ['', '.', '..', 'nowhere', '../core'];
    expect(names.filter((name) => tool('remove', name, '--cascade').status !== 1)).toEqual([]);
    expect(existsSync(join(scratch, 'src/core/core.module.ts'))).toBe(true);
    expect(existsSync(join(scratch, 'src/modules/users/users.module.ts'))).toBe(true);
  });
});

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { owned } from '../support/owned';
import { eventually } from '../support/eventually';
import { ModuleProject } from '../support/module-project';
import { alive } from '../support/postgres-launcher';

/** A repository with a commit for each of the files, the first of which adds everything. */
function history(folder: string, files: string[]): void {
  const commits = files.map((file, index) => {
    const change = `M 644 inline ${file}\ndata <<END\n${index}\nEND\n`;
    return `commit refs/heads/main\ncommitter a <a@b> ${index} +0000\ndata <<END\n${file}\nEND\n${change}`;
  });
  const git = (args: string[], input?: string) => spawnSync('git', args, { cwd: folder, input });
  rmSync(join(folder, '.git'), { recursive: true, force: true });
  git(['init', '--quiet', '--initial-branch', 'main']);
  git(['fast-import', '--quiet'], commits.join(''));
}

describe('The module tool', () => {
  let project: ModuleProject;
  beforeEach(() => {
    project = new ModuleProject();
  });
  afterEach(() => project.remove());

  const tool = (...args: string[]) => project.tool(...args);
  const read = (file: string) => project.read(file);

  it('writes what needs what, and notices when that has changed', () => {
    expect(tool('list', '--check').status).toBe(0);
    project.addModules();
    expect(tool('list', '--check')).toMatchObject({ status: 1 });
    expect(tool('list').said).toMatch(/^lamps +needs oils$/m);
    expect(tool('list', '--check').status).toBe(0);
  });

  describe('when it checks', () => {
    let copies: string;
    beforeEach(() => {
      copies = mkdtempSync(join(tmpdir(), 'copies-'));
      project.addModules();
    });
    afterEach(() => rmSync(copies, { recursive: true, force: true }));

    function start(...args: string[]) {
      const env = { ...project.environment(), TMPDIR: copies, DATABASE_URL: 'postgres://of.the.developer/' };
      const child = owned(
        spawn(process.execPath, ['scripts/modules.mjs', 'check', ...args], { cwd: project.folder, env }),
      );
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
      return { child, ended: once(child, 'close').then(([status]) => ({ status, said })) };
    }
    const instead = (npx: string) => project.answer('npx', npx);

    it('tells what it tried without a module and all that need it, and keeps no copy', async () => {
      instead('echo "$PWD on ${DATABASE_URL:-its own database}: $*" >> "$(dirname "$0")/../asked.txt"');
      const { status, said } = await start('oils').ended;
      expect([status, said]).toEqual([0, expect.stringMatching(/^without lamps, oils\n(ok .*\n){3}$/)]);
      expect(read('asked.txt')).toMatch(/without-oils-\w+ on its own database: jest --testPathIgnore/);
      expect(readdirSync(copies)).toEqual([]);
    });

    it('tries at most so many modules: those that the last twenty commits touched most', async () => {
      project.answer('node', 'exit 0');
      instead('exit 0');
      history(project.folder, [
        ...Array(20).fill('test/api-keys/notes.txt'),
        ...Array(9).fill('src/modules/lamps/notes.txt'),
        ...Array(6).fill('migrations/1-oils.create.ts'),
        ...Array(5).fill('test/users/notes.txt'),
      ]);
      const tried = async () => (await start('--touched', '2').ended).said.match(/^without .*$/gm) ?? [];
      expect(await tried()).toEqual(['without lamps', 'without lamps, oils']);
      history(project.folder, Array(21).fill('src/core/notes.txt'));
      expect(await tried()).toEqual([]);
      rmSync(join(project.folder, '.git'), { recursive: true });
      expect(await tried()).toHaveLength(2);
    });

    it('fails with what the step said that failed, and keeps no copy', async () => {
      instead('case "$*" in *Ignore*) echo "lamps go out"; exit 1;; esac');
      const { status, said } = await start('oils').ended;
      expect(status).toBe(1);
      expect(said).toMatch(/^FAIL tests.*\n\nnpx jest .*\nlamps go out\n/m);
      expect(said).toMatch(/does not do without oils/);
      expect(readdirSync(copies)).toEqual([]);
    });

    it('ends all that it started when it is told to stop, and keeps no copy', async () => {
      instead('case "$*" in *Ignore*) echo $$ > "$(dirname "$0")/../pid.txt"; exec sleep 60;; esac');
      const { child, ended } = start('oils');
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

  it('makes every module that it is given, or none', () => {
    expect(tool('new', 'ferries', 'docks').status).toBe(0);
    expect(tool('list').said).toMatch(/^docks\nferries$/m);
    const before = project.content();
    for (const names of [['quays', 'Lamps'], ['quays', 'docks'], ['quays', 'quays'], ['quays', '--fast'], []])
      expect(tool('new', ...names).status).toBe(1);
    project.answer('npx', 'case "$*" in jest*) exit 1;; esac');
    expect(tool('new', 'quays')).toEqual({ status: 1, said: expect.stringContaining('npx jest') });
    expect(Object.keys(project.content())).toEqual(Object.keys(before));
  });

  it('makes no module of a name that is taken, not plural, or not a name', () => {
    const before = readdirSync(join(project.folder, 'src/modules'));
    const names = ['', 'Lamps', 'lamp', 'glass', '../lamps', 'lamps/', 'lamps--oil', '1lamps', 'users'];
    expect(names.filter((name) => tool('new', name).status !== 1)).toEqual([]);
    expect(readdirSync(join(project.folder, 'src/modules'))).toEqual(before);
  });
});

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ModuleProject } from '../support/module-project';

describe('npm run modules -- remove', () => {
  let project: ModuleProject;
  beforeEach(() => {
    project = new ModuleProject();
    project.addModules('ropes');
  });
  afterEach(() => project.remove());

  const modules = () => readdirSync(join(project.folder, 'src/modules'));

  it('removes with a module all that carries its name, its line and its package', () => {
    project.add('test/defects/dry.patch', 'test: test/oils/oils.e2e-spec.ts\n');
    const other = new ModuleProject();
    const [before, manifest] = [other.read('src/app.module.ts'), other.read('package.json')];
    other.remove();
    expect(project.tool('remove', 'oils', '--cascade')).toEqual({
      status: 0,
      said: 'Removed lamps, oils.\n',
    });
    expect(Object.keys(project.content()).filter((file) => /oils|lamps|dry/.test(file))).toEqual([]);
    const bare = (text: string) => text.replace(/[\s,]/g, '');
    expect(bare(project.read('src/app.module.ts'))).toBe(bare(before));
    const packages = (text: string) => Object.keys(JSON.parse(text).dependencies);
    expect(packages(project.read('package.json'))).toEqual(packages(manifest));
    expect(project.read('asked.txt')).toContain('npm run --silent generate');
  });

  it('removes every module that it is given', () => {
    expect(project.tool('remove', 'ropes', 'lamps').said).toBe('Removed ropes, lamps.\n');
    expect(modules().filter((name) => /ropes|lamps/.test(name))).toEqual([]);
  });

  it.each(['npm run --silent build', 'npm run --silent generate', 'npx jest'])(
    'changes nothing when %s fails half-way',
    (line) => {
      const before = project.content();
      const [program, ...args] = line.split(' ');
      project.answer(program!, `case "$*" in "${args.join(' ')}"*) echo "no more oil"; exit 1;; esac`);
      const after = { ...before, ...stubs() };
      expect(project.tool('remove', 'lamps', 'ropes')).toEqual({
        status: 1,
        said: expect.stringContaining('no more oil'),
      });
      expect(project.content()).toEqual(after);
    },
  );

  const stubs = () =>
    Object.fromEntries(Object.entries(project.content()).filter(([file]) => file.includes('/bin/')));

  it('takes what the documents say of the module, and nothing else', () => {
    project.add('docs/guide/ropes.md', '# Ropes\n');
    project.add(
      'src/modules/ropes/ropes.config.ts',
      "configuration('ropes', {\n  KNOT_SECONDS: z.string(),\n});\n",
    );
    const said = [
      '# A page',
      'Keep this. Ropes hold, as [the page](ropes.md) says. Set `KNOT_SECONDS`. And this.',
      '- `ropes:read` shows them.\n- Nothing is lost.',
      '| Module | What |\n| --- | --- |\n| [`ropes`](../../src/modules/ropes/) | knots |\n| lamps | light, `GET /v1/ropes`, heat |',
      'Ask for one:',
      '```http\nGET /v1/ropes/{{ropeId}}\n\nHTTP/1.1 200 OK\n```',
      '## Knots\n\n`rope_not_found` is told.',
      '## Ropes in rain\n\nThey swell.',
      '## Rope is a material\n\nA rope is no module, neither are tightropes.',
    ];
    project.add('docs/guide/page.md', `${said.join('\n\n')}\n`);
    expect(project.tool('remove', 'ropes').said).toBe('Removed ropes.\n');
    expect(existsSync(join(project.folder, 'docs/guide/ropes.md'))).toBe(false);
    expect(project.read('docs/guide/page.md')).toBe(
      [
        '# A page',
        'Keep this. And this.',
        '- Nothing is lost.',
        '| Module | What |\n| --- | --- |\n| lamps  | light, heat |',
        '## Rope is a material\n\nA rope is no module, neither are tightropes.\n',
      ].join('\n\n'),
    );
  });

  it('lists a part that nothing covers after it as one that comes later', () => {
    const row = '| 15.1 | Knots. | `src/modules/ropes/` | `npm test` | `test/core/http.e2e-spec.ts` "x" |';
    project.add('docs/coverage.md', project.read('docs/coverage.md').replace('| 1.1 ', `${row}\n| 1.1 `));
    expect(project.tool('remove', 'ropes').status).toBe(0);
    expect(project.read('docs/coverage.md')).toMatch(/14\.5 In production, 15\.1 Knots\.\n$/);
    expect(project.read('docs/coverage.md')).not.toContain('| 15.1');
  });

  it('names what is made from the code and still speaks of the module, and removes nothing', () => {
    project.add('.env.example', 'LAMPS=1\n# How many ropes there are.\n');
    const before = project.content();
    const { status, said } = project.tool('remove', 'ropes');
    expect([status, said]).toEqual([
      1,
      expect.stringContaining('.env.example:2 # How many ropes there are.'),
    ]);
    expect(project.content()).toEqual(before);
  });

  it('overwrites nothing that was changed meanwhile', () => {
    project.answer('npx', `echo changed >> "${project.folder}/src/app.module.ts"`);
    const { status, said } = project.tool('remove', 'lamps');
    expect([status, said]).toEqual([1, expect.stringContaining('src/app.module.ts changed meanwhile')]);
    expect(modules()).toContain('lamps');
    expect(project.read('src/app.module.ts')).toMatch(/LampsModule[^]*changed\n/);
  });
});

describe('npm run modules -- remove, asked for what cannot go', () => {
  const project = new ModuleProject();
  project.addModules('ropes');
  const before = project.content();
  afterAll(() => project.remove());

  it.each([
    ['what another module needs', ['ropes', 'oils'], 'oils is needed by lamps'],
    ['a name that is no module', ['ropes', 'nowhere'], 'There is no module "nowhere"'],
    ['a path', ['../core'], 'There is no module "../core"'],
    ['nothing', [], 'Name the modules'],
    ['users', ['users', '--cascade'], 'auth, users cannot go'],
    ['sign-in', ['auth', 'ropes'], 'auth cannot go'],
    ['the probes', ['health'], 'health cannot go'],
    ['with a flag that there is not', ['ropes', '--cascades'], "Unknown option '--cascades'"],
  ])('refuses to remove %s, and changes nothing', (_what, args, said) => {
    expect(project.tool('remove', ...args)).toEqual({ status: 1, said: expect.stringContaining(said) });
    expect(project.content()).toEqual(before);
    expect(existsSync(join(project.folder, 'asked.txt'))).toBe(false);
  });
});

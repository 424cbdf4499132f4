import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Answers, DIGEST, ROOT, StandIns } from '../support/pipeline';
import { findProgram } from '../support/programs';

const WORKFLOWS = join(ROOT, '.github/workflows');
const workflow = (name: string) => parse(readFileSync(join(WORKFLOWS, name), 'utf8'));

const standIns = new StandIns('cosign', 'curl', 'docker', 'git');
afterAll(() => standIns.remove());

describe('the image', () => {
  const image = (request: string[], answers: Answers = {}) =>
    standIns.run('deploy/image.mjs', request, { answers });
  const reference = `ghcr.io/somebody/keelson@${DIGEST}`;
  const commit = 'c'.repeat(40);
  const told = { 'git rev-parse': { out: commit }, 'git log': { out: '1700000000' } };

  it('is pushed under its commit and version, made of nothing but the commit, and then named by its digest', () => {
    const built = image(['build', 'ghcr.io/Somebody/Keelson'], { ...told, 'git tag': { out: 'v1.2.3' } });
    expect(built).toMatchObject({ status: 0, told: `digest=${DIGEST}\nreference=${reference}\n` });
    const args = built.called.findLast(({ program }) => program === 'docker')!.args.join(' ');
    expect(args).toContain(
      '"name=ghcr.io/somebody/keelson:cccccccccccc,ghcr.io/somebody/keelson:1.2.3",push=true',
    );
    const { properties } = JSON.parse(
      readFileSync(join(ROOT, 'deploy/helm/keelson/values.schema.json'), 'utf8'),
    );
    for (const tag of ['cccccccccccc', '1.2.3'])
      expect(tag).toMatch(new RegExp(properties.image.properties.tag.pattern));
    expect(args).toContain(`VERSION=1.2.3 --build-arg REVISION=${commit}`);
    expect(args).toContain('SOURCE_DATE_EPOCH=1700000000');
    expect(args).toContain('--provenance mode=max');
    expect(args).not.toContain('image.source');
  });

  it('names the repository that built it', () => {
    const env = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'somebody/keelson' };
    const { called } = standIns.run('deploy/image.mjs', ['build', 'ghcr.io/a/b'], { answers: told, env });
    expect(called.at(-1)!.args).toContain(
      'org.opencontainers.image.source=https://github.com/somebody/keelson',
    );
  });

  it('is signed last, and only by its digest', () => {
    const { order } = image(['sign', reference, 'sbom.json']);
    expect(order).toEqual(['cosign attest', 'cosign sign']);
    expect(image(['sign', reference, 'sbom.json'], { 'cosign attest': { code: 1 } }).order).toEqual([
      'cosign attest',
    ]);
    for (const loose of ['ghcr.io/somebody/keelson', 'ghcr.io/somebody/keelson:1.2.3', 'ghcr.io/a/b@latest'])
      expect(image(['sign', loose, 'sbom.json'])).toMatchObject({ status: 1, order: [] });
  });

  it('is scanned as a file, by a scanner that gets neither the login nor the socket', () => {
    const { called, status } = image(['scan', reference], { 'docker run': { code: 1 } });
    const args = called.at(-1)!.args;
    expect([status, args.slice(0, 3), args.filter((each) => each === '--volume').length]).toEqual([
      1,
      ['run', '--rm', '--volume'],
      1,
    ]);
    expect(args[3]).toMatch(/keelson-\w+:\/report$/);
    expect(args[4]).toMatch(/^aquasec\/trivy:[\d.]+@sha256:[0-9a-f]{64}$/);
    expect(args).toContain('--exit-code');
  });

  it.each([
    ['249MB', 0, ''],
    ['250MB', 1, '250 MB are too many'],
    ['nothing', 1, 'NaN MB are too many'],
  ])('that answers "%s" when asked for its size ends its scan with %d', (out, status, said) => {
    const scanned = image(['scan', reference], { 'docker run': { out } });
    expect(scanned).toMatchObject({ status, said: expect.stringContaining(said) });
    expect(scanned.called.at(-1)!.args).toEqual(expect.arrayContaining(['du', reference]));
  });
});

describe('the workflows', () => {
  it('scan before they sign, sign before they deploy, and build nowhere else', () => {
    const { jobs } = workflow('release.yml');
    const runs = jobs.image.steps.flatMap(
      ({ run }: { run?: string }) => run?.match(/image\.mjs (\w+)/)?.[1] ?? [],
    );
    expect(runs).toEqual(['login', 'build', 'scan', 'sbom', 'sign']);
    expect([jobs.deploy.needs, jobs.deploy.with.digest]).toEqual([
      ['cut', 'image'],
      '${{ needs.image.outputs.digest }}',
    ]);
    // A job that is skipped does not count as one that has failed.
    expect(jobs.image.if).toContain("needs.test.result == 'success'");
    expect([jobs.deploy.if, jobs.deploy.secrets]).toEqual([
      "!cancelled() && needs.image.result == 'success'",
      'inherit',
    ]);
    expect(JSON.stringify(workflow('deploy.yml'))).not.toMatch(/image\.mjs (?:build|sign)/);
  });

  it('never run what somebody names with the secrets of a deployment', () => {
    for (const { steps } of Object.values<{ steps: { uses?: string; with?: object }[] }>(
      workflow('deploy.yml').jobs,
    ))
      expect(steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))?.with).toEqual({
        ref: '${{ github.sha }}',
        'fetch-depth': 0,
        'persist-credentials': false,
      });
  });

  it('give servers to every test that is skipped without them', () => {
    const { run } = workflow('ci.yml').jobs.services.steps.find(({ run: line = '' }) =>
      line.startsWith('npx jest'),
    );
    const wanting = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter(
      (name) =>
        name.endsWith('-spec.ts') &&
        /from '\.\.\/support\/(?:redis|pgbouncer)'/.test(readFileSync(join(ROOT, 'test', name), 'utf8')),
    );
    expect(run.split(' ').slice(2)).toEqual(wanting.map((name) => `test/${name.split('.')[0]}`).toSorted());
  });

  it('let no test be skipped for want of a server', () => {
    const { CI } = process.env;
    try {
      delete process.env.CI;
      expect(findProgram('no-such-server')).toBeUndefined();
      process.env.CI = 'true';
      expect(() => findProgram('no-such-server')).toThrow('provide.sh no-such-server');
    } finally {
      if (CI === undefined) delete process.env.CI;
      else process.env.CI = CI;
    }
  });

  it('say why nothing was deployed where nothing is set up', () => {
    expect(workflow('release.yml').jobs.skipped).toMatchObject({ if: "vars.DEPLOY != 'on'", needs: 'test' });
    expect(standIns.run('deploy/skipped.mjs', [])).toMatchObject({
      status: 0,
      summary: expect.stringContaining('the variable `DEPLOY` is not `on`'),
    });
  });
});

/** What is done to a workflow, and the complaint. */
const BREAKS: [from: string | RegExp, to: string, complaint: RegExp][] = [
  ['    timeout-minutes: 360\n', '', /job staging: no timeout-minutes/],
  [
    '    permissions:\n      contents: read\n      packages: read\n',
    '',
    /job staging: no permissions of its own/,
  ],
  [
    '    permissions:\n      contents: read\n      packages: read\n',
    '    permissions: write-all\n',
    /is not the least/,
  ],
  ['permissions: {}\n', 'permissions:\n  contents: write\n', /permissions at the top must be \{\}/],
  [/@de0fac2e\w+ # v6\.0\.2/, '@v6', /actions\/checkout@v6 is not pinned by a commit digest/],
  [/(@de0fac2e\w+) # v6\.0\.2/, '$1', /no version beside the digest/],
  ['          persist-credentials: false\n', '', /checkout leaves its credentials behind/],
  ['  workflow_call:', '  pull_request_target:\n  workflow_call:', /pull_request_target gives strangers/],
  ['"$DIGEST"', '"${{ inputs.digest }}"', /an expression inside run/],
  ['"$DIGEST"', '"${{ github.event.head_commit.message }}"', /potentially untrusted/],
  ['npm run deploy --', 'npm run conjure --', /is not a script of this repository/],
  ['--host "$HOST"', '--host "$HOST" && sh at-once.sh', /is more than one command/],
  [/ {4}concurrency:\n.*\n.*\n/, '', /no concurrency group/],
  ['${{ vars.HOST }}', '${{ vars.PORT }}', /staging: vars\.PORT is not in the table/],
  ['${{ vars.HOST }}', '${{ secrets.HOST }}', /staging: secrets\.HOST is not in the table/],
  ['${{ vars.HOST }}', '${{ toJSON(secrets) }}', /staging: secrets is read in a way that names no setting/],
  [/ {4}environment:\n.*\n.*\n/, '', /staging: vars\.HOST is set in environments, and the job has none/],
  ['needs: staging', 'needs: stagging', /stagging/],
  [
    '        run: bash scripts/deploy/provide-helm.sh\n',
    '        run: npm ci\n',
    /deploys with whatever helm there is/,
  ],
  ['      cancel-in-progress: false\n', '      cancel-in-progress: true\n', /a deployment can be cut off/],
  [/ {4}if: github\.ref == .*\n/, '', /staging: any branch can deploy/],
];

describe('Helm', () => {
  const provide = (file: string) => {
    const target = join(standIns.folder, 'helm');
    mkdirSync(target, { recursive: true });
    // What curl would have brought; the stand-in brings nothing.
    writeFileSync(join(target, 'helm.tar.gz'), file);
    const env = { PATH: `${join(standIns.folder, 'bin')}:${process.env.PATH}`, STAND_IN: '{}' };
    return spawnSync('bash', [join(ROOT, 'scripts/deploy/provide-helm.sh'), target], {
      encoding: 'utf8',
      env,
    });
  };

  it('is refused when it is not the one that was recorded, and is not kept', () => {
    const { status, stderr } = provide('something else');
    expect([status, stderr]).toEqual([1, expect.stringContaining('This is not the Helm 3.17.3')]);
    expect(readdirSync(join(standIns.folder, 'helm'))).toEqual([]);
  });

  it('is the version that the chart is checked with first', () => {
    const [script, check] = ['provide-helm.sh', 'chart/helm.mjs'].map((file) =>
      readFileSync(join(ROOT, 'scripts/deploy', file), 'utf8'),
    );
    const [, version] = /^version=(.+)$/m.exec(script!)!;
    expect(check).toContain(`version: '${version}'`);
  });
});

describe('the check of the workflows', () => {
  it('finds each broken promise, and none in the real ones', () => {
    const folder = join(standIns.folder, 'workflows');
    mkdirSync(folder);
    const text = readFileSync(join(WORKFLOWS, 'deploy.yml'), 'utf8');
    BREAKS.forEach(([from, to], index) => {
      const broken = text.replace(from, to);
      expect(broken).not.toBe(text);
      writeFileSync(join(folder, `broken-${index}.yml`), broken);
    });
    writeFileSync(join(folder, 'whole.yml'), text);
    const check = join(ROOT, 'scripts/deploy/workflows-check.mjs');
    const { stderr, status } = spawnSync(process.execPath, [check, folder], { cwd: ROOT, encoding: 'utf8' });
    const complaints = (name: string) => stderr.split('\n').filter((line) => line.includes(`/${name}.yml`));
    expect([status, complaints('whole')]).toEqual([1, []]);
    expect(stderr).toContain('no workflow reads DEPLOY\n');
    BREAKS.forEach(([, , complaint], index) => {
      expect(complaints(`broken-${index}`).join('\n')).toMatch(complaint);
    });
  });
});

/** A step of ci.yml, and what it is made to be: neither in .ci/run nor in the table. */
const LEFT_OUT: [from: string, to: string][] = [
  ['npm run check:deploy -- --require-helm', 'npm run bench'],
  ['npm run check:deploy -- --require-helm', 'npm run check:deploy'],
  ['actions/setup-node@', 'actions/cache@'],
];

describe('the check of what a push or a pull request runs', () => {
  it('refuses a step that is neither part of .ci/run nor in the table, and a row that no step needs', () => {
    const folder = mkdtempSync(join(standIns.folder, 'pushed-'));
    const text = readFileSync(join(WORKFLOWS, 'ci.yml'), 'utf8');
    LEFT_OUT.forEach(([from, to], index) => {
      expect(text).toContain(from);
      writeFileSync(join(folder, `${index}.yml`), text.replace(from, to));
    });
    const check = join(ROOT, 'scripts/deploy/workflows-check.mjs');
    const { stderr } = spawnSync(process.execPath, [check, folder], { cwd: ROOT, encoding: 'utf8' });
    LEFT_OUT.forEach(([, to], index) => {
      const step = to.replace('@', '');
      expect(stderr).toMatch(new RegExp(`/${index}\\.yml: job \\w+: \`${step}\` is neither`));
    });
    expect(stderr).toContain('no push or pull request runs `npm audit`');
  });
});

describe('the check of licences', () => {
  const check = (packages: object) => {
    const file = join(standIns.folder, 'package-lock.json');
    writeFileSync(file, JSON.stringify({ packages }));
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/licences.mjs'), file], {
      encoding: 'utf8',
    });
    return { status, stderr };
  };
  const boat = { version: '1.0.0', license: 'MIT' };

  it.each([
    ['names no licence', { version: '1.0.0' }],
    ['is under GPL-3.0-only', { version: '1.0.0', license: 'GPL-3.0-only' }],
    ['is under MIT AND AGPL-3.0-only', { version: '1.0.0', license: 'MIT AND AGPL-3.0-only' }],
    ['says "SEE LICENSE IN x"', { version: '1.0.0', license: 'SEE LICENSE IN x' }],
  ])('refuses a package that %s', (complaint, oar) => {
    const found = check({ 'node_modules/boat': boat, 'node_modules/boat/node_modules/@sea/oar': oar });
    expect(found).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`@sea/oar@1.0.0 ${complaint}`),
    });
  });

  it('accepts a choice that the list allows, and does not ask what only development uses', () => {
    const oar = { version: '1.0.0', license: '(GPL-3.0-only OR MIT)' };
    const saw = { version: '1.0.0', license: 'GPL-3.0-only', dev: true };
    expect(check({ 'node_modules/oar': oar, 'node_modules/saw': saw }).status).toBe(0);
  });
});

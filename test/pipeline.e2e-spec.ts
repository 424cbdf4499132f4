import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(__dirname, '..');
const WORKFLOWS = join(ROOT, '.github/workflows');
const DIGEST = `sha256:${'a'.repeat(64)}`;
const IMAGE = ['--image', 'ghcr.io/Somebody/Keelson', '--digest', DIGEST];
const REQUEST = ['staging', ...IMAGE, '--host', 'staging.example.com'];
const SIGNER = 'https://github.com/somebody/keelson/.github/workflows/release.yml@refs/heads/main';

const scratch = mkdtempSync(join(tmpdir(), 'keelson-pipeline-'));
const bin = join(scratch, 'bin');
const calls = join(scratch, 'calls');
const outputs = join(scratch, 'outputs');

/** Writes down how it was called, then does what the test says; a cluster is not needed to see the order. */
const STAND_IN = `#!${process.execPath}
const { appendFileSync, existsSync, statSync, writeFileSync } = require('node:fs');
const [program, args] = [process.argv[1].split('/').at(-1), process.argv.slice(2)];
const file = process.env.KUBECONFIG;
const mode = file && existsSync(file) ? (statSync(file).mode & 0o777).toString(8) : '-';
appendFileSync(${JSON.stringify(calls)}, JSON.stringify({ program, args, mode, file }) + '\\n');
const { out = '', err = '', code = 0 } = JSON.parse(process.env.STAND_IN)[program + ' ' + args[0]] ?? {};
const metadata = args.indexOf('--metadata-file');
if (metadata > 0) writeFileSync(args[metadata + 1], JSON.stringify({ 'containerimage.digest': '${DIGEST}' }));
process.stdout.write(out);
process.stderr.write(err);
process.exit(code);
`;
type Answer = { out?: string; err?: string; code?: number };
type Call = { program: string; args: string[]; mode: string; file?: string };

const serving = (digest: string): Answer => ({ out: JSON.stringify({ image: { digest } }) });
const history = (...revisions: [number, string][]): Answer => ({
  out: JSON.stringify(revisions.map(([revision, status]) => ({ revision, status }))),
});
const USUAL: Record<string, Answer> = {
  'helm history': history([3, 'superseded'], [4, 'deployed']),
  'helm get': serving(DIGEST),
};

const deploy = (request: string[], answers: Record<string, Answer> = {}, env: Record<string, string> = {}) =>
  command('deploy.mjs', request, answers, env);

function command(
  script: string,
  request: string[],
  answers: Record<string, Answer>,
  env: Record<string, string> = {},
) {
  for (const file of [calls, outputs]) writeFileSync(file, '');
  const ended = spawnSync(process.execPath, [join(ROOT, 'scripts', script), ...request], {
    encoding: 'utf8',
    env: {
      PATH: [bin, process.env.PATH].join(delimiter),
      STAND_IN: JSON.stringify({ ...USUAL, ...answers }),
      GITHUB_OUTPUT: outputs,
      COSIGN_IDENTITY: SIGNER,
      ...env,
    },
  });
  const called = readFileSync(calls, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Call);
  return {
    status: ended.status,
    said: ended.stderr,
    called,
    order: called.map(({ program, args }) => `${program} ${program === 'npm' ? 'smoke' : args[0]}`),
    told: readFileSync(outputs, 'utf8'),
  };
}

beforeAll(() => {
  mkdirSync(bin);
  for (const program of ['cosign', 'docker', 'git', 'helm', 'npm'])
    writeFileSync(join(bin, program), STAND_IN, { mode: 0o755 });
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('a deployment', () => {
  it('looks at the signature, upgrades, smokes, and tells which digest serves', () => {
    const { status, order, called, told } = deploy(REQUEST);
    expect([status, told]).toEqual([0, `digest=${DIGEST}\n`]);
    expect(order).toEqual(['cosign verify', 'helm history', 'helm upgrade', 'npm smoke', 'helm get']);
    const [cosign, , upgrade, smoke] = called.map(({ args }) => args.join(' '));
    expect(cosign).toContain(`--certificate-identity ${SIGNER}`);
    expect(cosign).toContain(`ghcr.io/somebody/keelson@${DIGEST}`);
    expect(upgrade).toMatch(/^upgrade --install keelson deploy\/helm\/keelson .*values-staging\.yaml/);
    expect(upgrade).toContain('--atomic');
    expect(upgrade).toContain(
      `image.repository=ghcr.io/somebody/keelson --set-string image.digest=${DIGEST}`,
    );
    expect(upgrade).toContain('--namespace keelson-staging');
    expect(smoke).toBe('run --silent smoke -- https://staging.example.com');
  });

  it('goes back to the revision that served when the smoke test fails', () => {
    const { status, order, called, told, said } = deploy(REQUEST, { 'npm run': { code: 1 } });
    expect([status, told]).toEqual([1, '']);
    expect(order.slice(2)).toEqual(['helm upgrade', 'npm smoke', 'helm rollback']);
    expect(called.at(-1)?.args.slice(0, 4)).toEqual(['rollback', 'keelson', '4', '--wait']);
    expect(said).toContain('Revision 4 serves again.');
  });

  it('leaves going back to helm when the new pods do not get ready', () => {
    const { status, order, told } = deploy(REQUEST, { 'helm upgrade': { code: 1 } });
    expect([status, order.at(-1), told]).toEqual([1, 'helm upgrade', '']);
  });

  it('fails without going back when there was nothing before', () => {
    const none = { code: 1, err: 'Error: release: not found' };
    const { status, order, said } = deploy(REQUEST, { 'helm history': none, 'npm run': { code: 1 } });
    expect([status, order.at(-1)]).toEqual([1, 'npm smoke']);
    expect(said).toContain('nothing to go back to');
  });

  it.each([
    ['the signature is not ours', { 'cosign verify': { code: 1 } }, ['cosign verify']],
    [
      'the cluster does not answer',
      { 'helm history': { code: 1, err: 'refused' } },
      ['cosign verify', 'helm history'],
    ],
    [
      'another one is under way',
      { 'helm history': history([4, 'deployed'], [5, 'pending-upgrade']) },
      ['cosign verify', 'helm history'],
    ],
  ])('touches nothing when %s', (_why, answers, order) => {
    expect(deploy(REQUEST, answers)).toMatchObject({ status: 1, order, told: '' });
  });

  it.each([
    [['staging', '--image', 'ghcr.io/a/b', '--digest', 'latest', '--host', 'a.example']],
    [['staging', '--image', 'ghcr.io/a/b:latest', '--digest', DIGEST, '--host', 'a.example']],
    [['nowhere', ...IMAGE, '--host', 'a.example']],
    [['../staging', ...IMAGE, '--host', 'a.example']],
    [['staging', ...IMAGE, '--host', 'a.example,image.tag=x']],
    [['staging', ...IMAGE]],
  ])('asks nobody anything for %j', (request) => {
    expect(deploy(request)).toMatchObject({ status: 1, order: [] });
  });

  it('needs to be told when it shall not look at the signature', () => {
    expect(deploy(REQUEST, {}, { COSIGN_IDENTITY: '' })).toMatchObject({ status: 1, order: [] });
    expect(deploy([...REQUEST, '--unsigned'], {}, { COSIGN_IDENTITY: '' })).toMatchObject({ status: 0 });
  });

  it('keeps the key of the cluster in a file for itself, and only while it works', () => {
    const { called } = deploy(REQUEST, {}, { KUBECONFIG_CONTENT: 'apiVersion: v1' });
    expect(called.map(({ mode }) => mode)).toEqual(['600', '600', '600', '600', '600']);
    expect(() => readFileSync(called[0]!.file!)).toThrow(/ENOENT/);
  });

  it('brings to production exactly what serves in staging', () => {
    const other = `sha256:${'b'.repeat(64)}`;
    expect(deploy(REQUEST, { 'helm get': serving(other) })).toMatchObject({ status: 1, told: '' });
    const { jobs } = parse(readFileSync(join(WORKFLOWS, 'deploy.yml'), 'utf8'));
    const run = (job: { steps: { id?: string; env: Record<string, string> }[] }) =>
      job.steps.find(({ id }) => id === 'deploy')!;
    expect(jobs.staging.outputs).toEqual({ digest: '${{ steps.deploy.outputs.digest }}' });
    expect([jobs.production.needs, jobs.production.environment.name]).toEqual(['staging', 'production']);
    expect(run(jobs.production).env).toEqual({
      ...run(jobs.staging).env,
      ENVIRONMENT: 'production',
      DIGEST: '${{ needs.staging.outputs.digest }}',
    });
  });
});

describe('the image', () => {
  const image = (request: string[], answers: Record<string, Answer> = {}) =>
    command('deploy/image.mjs', request, answers);
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
    expect(args).toContain(`VERSION=1.2.3 --build-arg REVISION=${commit}`);
    expect(args).toContain('SOURCE_DATE_EPOCH=1700000000');
    expect(args).toContain('--provenance mode=max');
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
    expect(args[3]).toMatch(/keelson-image-\w+:\/report$/);
    expect(args[4]).toMatch(/^aquasec\/trivy:[\d.]+@sha256:[0-9a-f]{64}$/);
    expect(args).toContain('--exit-code');
  });
});

/** What is done to a workflow, and the complaint. */
const BREAKS: [from: string | RegExp, to: string, complaint: RegExp][] = [
  ['    timeout-minutes: 45\n', '', /job staging: no timeout-minutes/],
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
  [/concurrency:\n  group.*\n.*\n/, '', /no concurrency group/],
  ['needs: staging', 'needs: stagging', /stagging/],
];

describe('the check of the workflows', () => {
  it('finds each broken promise, and none in the real ones', () => {
    const folder = join(scratch, 'workflows');
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
    BREAKS.forEach(([, , complaint], index) => {
      expect(complaints(`broken-${index}`).join('\n')).toMatch(complaint);
    });
  });
});

describe('the check of licences', () => {
  const check = (packages: object) => {
    const file = join(scratch, 'package-lock.json');
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

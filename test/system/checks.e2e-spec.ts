import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, StandIns } from '../support/pipeline';

const WORKFLOWS = join(ROOT, '.github/workflows');

const standIns = new StandIns('cosign', 'curl', 'docker', 'git');
afterAll(() => standIns.remove());

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

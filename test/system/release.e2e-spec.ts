import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const ENV = {
  PATH: process.env.PATH,
  HOME: tmpdir(),
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Somebody'],
      [`GIT_${who}_EMAIL`, 'somebody@example.com'],
    ]),
  ),
};
const ECHOES = ['openapi.json', 'deploy/helm/keelson/Chart.yaml'];
const CHANGELOG = '# Changelog\n\n## Unreleased\n\n### Added\n\n- The ground.\n';

let home: string;
let repository: string;

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: repository, env: ENV, encoding: 'utf8' }).trim();
const commit = (subject: string, body = '') =>
  git('commit', '--allow-empty', '-m', subject, ...(body ? ['-m', body] : []));
const read = (file: string) => readFileSync(join(repository, file), 'utf8');

function release(...args: string[]) {
  const outputs = join(home, 'outputs');
  writeFileSync(outputs, '');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts/release.mjs'), ...args],
    { cwd: repository, env: { ...ENV, GITHUB_OUTPUT: outputs }, encoding: 'utf8' },
  );
  return { status, said: stdout + stderr, outputs: readFileSync(outputs, 'utf8') };
}

/** A repository that was released as `version`, unless it is told that it never was. */
function start(version: string, released = true) {
  home = mkdtempSync(join(tmpdir(), 'keelson-release-'));
  repository = join(home, 'work');
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', repository], { env: ENV });
  writeFileSync(join(repository, 'CHANGELOG.md'), CHANGELOG);
  writeFileSync(join(repository, 'package.json'), JSON.stringify({ name: 'boat', version }, null, 2));
  const lock = { name: 'boat', version, lockfileVersion: 3, packages: { '': { name: 'boat', version } } };
  writeFileSync(join(repository, 'package-lock.json'), JSON.stringify(lock, null, 2));
  mkdirSync(join(repository, 'deploy/helm/keelson'), { recursive: true });
  for (const file of ECHOES) copyFileSync(join(ROOT, file), join(repository, file));
  git('add', '.');
  commit('boat: lay the keel');
  if (released) git('tag', `v${version}`);
}

afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('the version that follows from the commits', () => {
  it.each([
    ['0.4.2', ['sails: mend a seam'], '0.4.3'],
    ['0.4.2', ['sails: add a jib'], '0.4.3'],
    ['0.4.2', ['sails: add a jib', 'hull!: be of wood'], '0.5.0'],
    ['1.4.2', ['sails: mend a seam'], '1.4.3'],
    ['1.4.2', ['sails: add a jib', 'sails: mend a seam'], '1.5.0'],
    ['1.4.2', ['hull!: be of wood', 'sails: add a jib'], '2.0.0'],
    ['1.4.2', ['docs!: forget the old rig', 'test: try it'], '2.0.0'],
    ['1.4.2', ['address: adding machines are gone'], '1.4.3'],
  ])('is, after %s and %j, %s', (before, subjects, after) => {
    start(before);
    for (const subject of subjects) commit(subject);
    expect(release()).toMatchObject({ status: 0, outputs: expect.stringContaining(`version=${after}\n`) });
  });

  it('counts what a footer calls breaking, and tells its reason', () => {
    start('1.0.0');
    commit('hull: be of wood', 'It floats.\n\nBREAKING CHANGE: iron <nails> rust');
    const { said, outputs } = release();
    expect(outputs).toContain('version=2.0.0\n');
    expect(said).toMatch(/### Breaking\n\n- \*\*hull\*\*: be of wood \(\w+\): iron &lt;nails> rust/);
  });

  it('is none when nobody would notice', () => {
    start('1.0.0');
    for (const place of ['docs', 'test', 'ci', 'bench', 'release']) commit(`${place}: say more`);
    expect(release('--cut')).toMatchObject({
      status: 0,
      said: 'Nothing to release since v1.0.0.\n',
      outputs: '',
    });
  });

  it('is what package.json says when that is ahead, and for the first', () => {
    start('0.1.0', false);
    expect(release().outputs).toContain('version=0.1.0\n');
    git('tag', 'v0.1.0');
    git('tag', 'v0.0.9');
    writeFileSync(join(repository, 'package.json'), JSON.stringify({ name: 'boat', version: '1.0.0' }));
    git('commit', '-am', 'docs: call it done');
    expect(release().outputs).toContain('version=1.0.0\n');
  });
});

describe('a release', () => {
  it('changes nothing until it is asked to', () => {
    start('0.1.0');
    commit('sails: add a jib');
    release();
    expect([git('status', '--porcelain'), read('CHANGELOG.md')]).toEqual(['', CHANGELOG]);
  });

  it('is a commit and a tag, with the words of people before the list of commits, pushed together', () => {
    start('0.1.0');
    git('clone', '--quiet', '--bare', '.', join(home, 'origin.git'));
    git('remote', 'add', 'origin', join(home, 'origin.git'));
    commit('sails: add a jib');
    commit('docs: draw it');
    const { status, outputs } = release('--cut', '--push');
    expect([status, git('log', '-1', '--format=%s'), git('describe')]).toEqual([
      0,
      'release: 0.1.1',
      'v0.1.1',
    ]);
    expect(outputs).toBe(`version=0.1.1\ncommit=${git('rev-parse', 'HEAD')}\n`);
    const today = new Date().toISOString().slice(0, 10);
    const [, commits] = read('CHANGELOG.md').split('### Commits');
    expect(read('CHANGELOG.md')).toContain(
      `## Unreleased\n\n## 0.1.1 - ${today}\n\n### Added\n\n- The ground.\n`,
    );
    expect(commits).toMatch(/^\n\n- \*\*sails\*\*: add a jib \(\w+\)\n$/);
    expect(JSON.parse(read('package.json')).version).toBe('0.1.1');
    expect(JSON.parse(read('package-lock.json')).packages[''].version).toBe('0.1.1');
    expect(JSON.parse(read('openapi.json')).info.version).toBe('0.1.1');
    expect(read('deploy/helm/keelson/Chart.yaml')).toMatch(/^version: 0\.1\.0$[^]*^appVersion: 0\.1\.1$/m);
    expect(git('show', '--shortstat', '--format=')).toMatch(/^5 files changed/);
    expect(git('ls-remote', 'origin', 'main', 'v0.1.1^{}')).toMatch(
      /^(\w+)\trefs\/heads\/main\n\1\trefs\/tags/,
    );
    expect(release('--cut').said).toBe('Nothing to release since v0.1.1.\n');
  });

  it('only tags what somebody has written and had merged', () => {
    start('0.1.0');
    commit('sails: add a jib');
    release('--write');
    git('commit', '-am', 'release: prepare 0.1.1');
    const before = read('CHANGELOG.md');
    expect(release('--cut').status).toBe(0);
    expect([read('CHANGELOG.md'), git('describe')]).toEqual([before, 'v0.1.1']);
  });

  it('does not take along what somebody has not committed', () => {
    start('0.1.0');
    commit('sails: add a jib');
    writeFileSync(
      join(repository, 'package.json'),
      '{ "name": "boat", "version": "0.1.0", "private": true }',
    );
    expect(release('--cut')).toMatchObject({ status: 1, said: expect.stringContaining('not committed') });
    expect(git('tag')).toBe('v0.1.0');
  });

  it('leaves origin as it was when somebody was faster', () => {
    start('0.1.0');
    git('clone', '--quiet', '--bare', '.', join(home, 'origin.git'));
    git('remote', 'add', 'origin', join(home, 'origin.git'));
    commit('hull: faster');
    git('push', '--quiet', 'origin', 'HEAD:main');
    git('reset', '--quiet', '--hard', 'HEAD~1');
    commit('sails: add a jib');
    expect(release('--cut', '--push').status).toBe(1);
    expect(git('ls-remote', '--tags', 'origin')).not.toContain('v0.1.1');
  });
});

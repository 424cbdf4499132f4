import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

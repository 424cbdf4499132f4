import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Answers, DIGEST, ROOT, StandIns } from '../support/pipeline';

const IMAGE = ['--image', 'ghcr.io/Somebody/Keelson', '--digest', DIGEST];
const REQUEST = ['staging', ...IMAGE, '--host', 'staging.example.com'];
const SIGNER = 'https://github.com/somebody/keelson/.github/workflows/release.yml@refs/heads/main';
const USUAL = { COSIGN_IDENTITY: SIGNER, SMOKE_EMAIL: 'smoke@example.com', SMOKE_PASSWORD: 'nobody 1' };

const serving = (digest: string) => ({ out: JSON.stringify({ image: { digest } }) });
const history = (...revisions: [number, string][]) => ({
  out: JSON.stringify(revisions.map(([revision, status]) => ({ revision, status }))),
});
const NONE = { code: 1, err: 'Error: release: not found' };

const standIns = new StandIns('cosign', 'helm', 'npm');
afterAll(() => standIns.remove());

function deploy(request: string[], answers: Answers = {}, env: Record<string, string> = {}, root = ROOT) {
  const usual = { 'helm history': history([3, 'superseded'], [4, 'deployed']), 'helm get': serving(DIGEST) };
  return standIns.run('deploy.mjs', request, {
    answers: { ...usual, ...answers },
    env: { ...USUAL, ...env },
    root,
  });
}

describe('a deployment', () => {
  it('looks at the signature, upgrades, smokes, and tells which digest serves', () => {
    const { status, order, called, told, summary } = deploy(REQUEST);
    expect(summary).toBe(`https://staging.example.com is served by ghcr.io/somebody/keelson@${DIGEST}.\n\n`);
    expect([status, told]).toEqual([0, `digest=${DIGEST}\n`]);
    expect(order).toEqual(['cosign verify', 'helm history', 'helm upgrade', 'npm smoke', 'helm get']);
    const [cosign, , upgrade, smoke] = called.map(({ args }) => args.join(' '));
    expect(cosign).toContain(`--certificate-identity ${SIGNER}`);
    expect(cosign).toContain(`ghcr.io/somebody/keelson@${DIGEST}`);
    expect(upgrade).toMatch(/^upgrade --install keelson deploy\/helm\/keelson .*values-staging\.yaml/);
    expect(upgrade).toMatch(/--atomic --wait --cleanup-on-fail --timeout 15m --history-max 20/);
    expect(upgrade).toContain('--set migrations.deadlineSeconds=600');
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
    expect(called.at(-1)?.args.slice(0, 6)).toEqual([
      'rollback',
      'keelson',
      '4',
      '--wait',
      '--timeout',
      '15m',
    ]);
    expect(said).toContain('Revision 4 serves again.');
  });

  it('leaves going back to helm when the new pods do not get ready', () => {
    const { status, order, told } = deploy(REQUEST, { 'helm upgrade': { code: 1 } });
    expect([status, order.at(-1), told]).toEqual([1, 'helm upgrade', '']);
  });

  it('fails without going back when there was nothing before', () => {
    const { status, order, said } = deploy(REQUEST, { 'helm history': NONE, 'npm run': { code: 1 } });
    expect([status, order.at(-1)]).toEqual([1, 'npm smoke']);
    expect(said).toContain('nothing to go back to');
  });

  it('says so when going back fails, too', () => {
    const { status, said } = deploy(REQUEST, { 'npm run': { code: 1 }, 'helm rollback': { code: 1 } });
    expect([status, said]).toEqual([
      1,
      expect.stringMatching(/The smoke test failed .*revision 4 failed, too/),
    ]);
  });

  it.each([
    ['HOST, KUBECONFIG', ['staging', ...IMAGE, '--host', ''], { KUBECONFIG_CONTENT: '' }],
    ['SMOKE_EMAIL, SMOKE_PASSWORD', REQUEST, { SMOKE_EMAIL: '', SMOKE_PASSWORD: '' }],
  ])('says that %s are not set, before it asks anybody', (names, request, env) => {
    expect(deploy(request, {}, env)).toMatchObject({
      status: 1,
      order: [],
      said: expect.stringContaining(`Not set: ${names}.`),
    });
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

  it('gives the migrations as long as it is told to, and waits longer than they may run', () => {
    const upgradeOf = (patience: string) =>
      deploy([...REQUEST, '--patience', patience])
        .called.find(({ args }) => args[0] === 'upgrade')
        ?.args.join(' ');
    expect(upgradeOf('60')).toMatch(/migrations\.deadlineSeconds=3300 .*--timeout 60m/);
    for (const patience of ['5', '200', '10m']) expect(upgradeOf(patience)).toBeUndefined();
  });

  it.each([
    ['helm uninstall keelson', history([1, 'pending-install'])],
    ['helm rollback keelson 4', history([4, 'deployed'], [5, 'pending-upgrade'])],
    ['helm rollback keelson 4', history([4, 'deployed'], [5, 'failed'], [6, 'pending-rollback'])],
  ])('advises %s where a runner has died in the middle', (advice, answer) => {
    const { status, said } = deploy(REQUEST, { 'helm history': answer });
    expect([status, said]).toEqual([1, expect.stringContaining(`${advice} --namespace keelson-staging`)]);
    expect(said).toContain('kubectl get jobs --namespace keelson-staging');
  });

  const BACK = [...REQUEST, '--back', 'true'];
  const TAKEN_BACK = [
    { revision: 4, status: 'superseded', description: 'Upgrade complete' },
    { revision: 5, status: 'failed', description: 'Rollback to 3' },
  ];

  it('goes back to an image that has served there, without a look at anything else', () => {
    const { status, called } = deploy(BACK, { 'helm history': history([3, 'superseded'], [4, 'deployed']) });
    const [, , question] = called.map(({ args }) => args.join(' '));
    expect([status, question]).toEqual([0, expect.stringMatching(/^get values keelson --revision 4 /)]);
  });

  it.each([
    ['has never served there', { 'helm get': serving(`sha256:${'b'.repeat(64)}`) }],
    ['was never installed to the end', { 'helm history': history([3, 'failed']) }],
    ['was taken back there', { 'helm history': { out: JSON.stringify(TAKEN_BACK) } }],
  ])('does not go back to an image that %s', (_why, answers) => {
    const { status, order, said } = deploy(BACK, answers);
    expect([status, said]).toEqual([1, expect.stringContaining('has to go through staging')]);
    expect(order).not.toContain('helm upgrade');
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
    const { jobs } = parse(readFileSync(join(ROOT, '.github/workflows/deploy.yml'), 'utf8'));
    const run = (job: { steps: { id?: string; env: Record<string, string> }[] }) =>
      job.steps.find(({ id }) => id === 'deploy')!;
    expect(jobs.staging.if).toBe("github.ref == 'refs/heads/main' && !inputs.back");
    // Where GitHub knows no reviewers, nobody has approved: production is then named by hand.
    expect(jobs.production.if.replaceAll(/\s+/g, ' ')).toBe(
      "!cancelled() && github.ref == 'refs/heads/main' && (vars.REVIEWERS == 'on' || inputs.confirm == 'production') && " +
        "(inputs.back && needs.staging.result == 'skipped' || needs.staging.result == 'success')",
    );
    expect(jobs.staging.outputs).toEqual({ digest: '${{ steps.deploy.outputs.digest }}' });
    expect([jobs.production.needs, jobs.production.environment.name]).toEqual(['staging', 'production']);
    expect(run(jobs.production).env).toEqual({
      ...run(jobs.staging).env,
      ENVIRONMENT: 'production',
      DIGEST: '${{ inputs.back && inputs.digest || needs.staging.outputs.digest }}',
      BACK: '${{ inputs.back }}',
    });
  });
});

describe('a deployment of a commit', () => {
  const root = join(standIns.folder, 'repository');
  const values = 'deploy/helm/keelson/values-staging.yaml';
  const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com'];
  const git = (...args: string[]) =>
    execFileSync('git', [...who, ...args], { cwd: root, encoding: 'utf8' }).trim();
  const commit = (text: string) => {
    writeFileSync(join(root, values), text);
    git('add', '.');
    git('commit', '--quiet', '-m', text);
    return git('rev-parse', 'HEAD');
  };
  const deployOf = (hash: string) => deploy([...REQUEST, '--commit', hash], {}, {}, root);

  beforeAll(() => {
    for (const part of [
      'scripts/deploy.mjs',
      'scripts/settings.mjs',
      'scripts/deploy',
      'deploy/helm',
      'package.json',
      'src/launch.js',
    ])
      cpSync(join(ROOT, part), join(root, part), { recursive: true });
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', root]);
  });

  it('takes its chart, and leaves nothing of it behind', () => {
    const then = commit('then: true');
    commit('now: true');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    const { status, called, summary } = deployOf(then);
    const upgrade = called.find(({ args }) => args[0] === 'upgrade')!;
    expect([status, upgrade.values]).toEqual([0, 'then: true']);
    expect(summary).toContain(`, from commit ${then}.`);
    expect(() => readFileSync(upgrade.args[3]!)).toThrow(/ENOENT/);
    expect(git('status', '--porcelain')).toBe('');
  });

  it('touches nothing when main does not have it', () => {
    git('checkout', '--quiet', '-b', 'unseen');
    for (const hash of [commit('theirs: true'), 'main', `--output=${'a'.repeat(40)}`])
      expect(deployOf(hash)).toMatchObject({ status: 1, order: [] });
  });
});

// Brings one image, named by its digest, to one environment, and takes it back when it does not prove itself there.
//
//   npm run deploy -- staging --image ghcr.io/owner/keelson --digest sha256:… --host staging.example.com
//
// KUBECONFIG says where, or KUBECONFIG_CONTENT is what such a file holds. The image must be signed by the workflow that
// COSIGN_IDENTITY names, unless --unsigned says otherwise. The chart with its values-<environment>.yaml is the one that
// lies here, or with --commit that of a commit of main. The smoke test signs in as SMOKE_EMAIL with SMOKE_PASSWORD.
// Migrations are not taken back: each leaves the version before it working. --patience 60 gives them 55 minutes instead
// of 10. --back true refuses an image that has not served there before. --address is where the smoke test asks, where that is
// not https:// and the host.
import '../src/launch.js';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withCommit } from './deploy/commit.mjs';
import { assertServed, revisionsOf, servingRevision } from './deploy/history.mjs';
import { ask, digestOf, inScratch, nameOf, run, summarise, tell } from './deploy/steps.mjs';
import { enterProject } from './settings.mjs';

const CHART = 'deploy/helm/keelson';
const RELEASE = 'keelson';
const ISSUER = 'https://token.actions.githubusercontent.com';
/** Minutes that Helm waits, for the migrations and then for the pods; the pods' part of them. */
const PATIENCE = '15';
const FOR_PODS = 5;

function readRequest() {
  const names = ['image', 'digest', 'host', 'namespace', 'commit', 'address', 'patience', 'back'];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  const { values, positionals } = parseArgs({
    options: { ...options, unsigned: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [environment = ''] = positionals;
  const file = `${CHART}/values-${environment}.yaml`;
  if (!/^[a-z]+$/.test(environment) || !existsSync(file)) throw new Error(`There is no ${file}.`);
  refuseLacking(values.host);
  if (!/^[a-z0-9.-]+$/.test(values.host ?? '')) throw new Error('--host is the name the outside calls.');
  const patience = Number(values.patience || PATIENCE);
  // Helm may wait three times: for migrations, for pods, and to go back. GitHub ends a job after six hours.
  if (!(Number.isInteger(patience) && patience >= 6 && patience <= 110))
    throw new Error(
      `--patience is a number of minutes from 6 to 110, of which the last ${FOR_PODS} are the pods'.`,
    );
  const { host, unsigned, commit, back = '' } = values;
  if (!['', 'true', 'false'].includes(back)) throw new Error('--back is true or false.');
  const image = { name: nameOf(values.image), digest: digestOf(values.digest) };
  const place = { namespace: values.namespace ?? `${RELEASE}-${environment}` };
  return {
    ...image,
    ...place,
    host,
    address: values.address ?? `https://${host}`,
    unsigned,
    commit,
    back: back === 'true',
    file,
    patience,
  };
}

/** What cannot end well is not begun. A workflow passes on what is not set as an empty text. */
function refuseLacking(host) {
  const { KUBECONFIG_CONTENT = 'a file of this machine', SMOKE_EMAIL, SMOKE_PASSWORD } = process.env;
  const needed = { HOST: host, KUBECONFIG: KUBECONFIG_CONTENT, SMOKE_EMAIL, SMOKE_PASSWORD };
  const lacking = Object.keys(needed).filter((name) => !needed[name]);
  if (lacking.length > 0)
    throw new Error(
      `Not set: ${lacking.join(', ')}. docs/guide/deployment.md says where, under "The pipeline".`,
    );
}

function verifySignature({ name, digest, unsigned }) {
  if (unsigned) return console.log('Deployed without a look at the signature, as --unsigned says.');
  const identity = process.env.COSIGN_IDENTITY;
  if (!identity) throw new Error('COSIGN_IDENTITY names the workflow that may sign; or say --unsigned.');
  const signer = ['--certificate-identity', identity, '--certificate-oidc-issuer', ISSUER];
  return run('cosign', ['verify', ...signer, `${name}@${digest}`]);
}

/** Helm itself goes back when the new pods do not get ready. It waits longer than the migrations may run. */
function upgrade({ name, digest, host, root, file, patience }, place) {
  const chart = [path.join(root, CHART), '--values', path.join(root, file)];
  const values = [`image.repository=${name}`, `image.digest=${digest}`, `host=${host}`];
  const settings = values.flatMap((value) => ['--set-string', value]);
  settings.push('--set', `migrations.deadlineSeconds=${(patience - FOR_PODS) * 60}`);
  const care = [
    '--atomic',
    '--wait',
    '--cleanup-on-fail',
    '--timeout',
    `${patience}m`,
    '--history-max',
    '20',
  ];
  run('helm', ['upgrade', '--install', RELEASE, ...chart, ...settings, ...care, ...place]);
}

function smoke({ address, digest, root }) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const env = { ...process.env, SMOKE_VERSION: version, SMOKE_REVISION: digest };
  run('npm', ['run', '--silent', 'smoke', '--', address], { env });
}

function rollBack(revision, { patience, place }, reason) {
  if (!revision)
    throw new Error(
      `${reason} It is the first revision, there is nothing to go back to, and it stays. If only the account of the ` +
        'smoke test is missing: register it there, and run this again.',
    );
  try {
    run('helm', ['rollback', RELEASE, String(revision), '--wait', '--timeout', `${patience}m`, ...place]);
  } catch (cause) {
    const news = `Going back to revision ${revision} failed, too (${cause.message}): see to it now.`;
    throw new Error(`${reason} ${news}`, { cause });
  }
  throw new Error(`${reason} Revision ${revision} serves again.`);
}

function deploy(request) {
  const place = ['--namespace', request.namespace];
  verifySignature(request);
  const history = { release: RELEASE, place };
  const revisions = revisionsOf(history);
  const before = servingRevision(revisions, history);
  if (request.back) assertServed(request.digest, revisions, history);
  upgrade(request, place);
  try {
    smoke(request);
  } catch (error) {
    rollBack(before, { ...request, place }, `The smoke test failed (${error.message})`);
  }
  // What the next environment gets is what helm says serves here, not what was asked for.
  const { text } = ask('helm', ['get', 'values', RELEASE, '--output', 'json', ...place]);
  const digest = digestOf(JSON.parse(text).image.digest);
  if (digest !== request.digest) throw new Error(`${digest} serves: somebody else deployed meanwhile.`);
  tell({ digest });
  const origin = request.commit ? `, from commit ${request.commit}` : '';
  summarise(`https://${request.host} is served by ${request.name}@${digest}${origin}.`);
}

/** Secrets come as variables, Helm reads a file: it is for this user only, and for as long as the work takes. */
function withCluster(work) {
  const { KUBECONFIG_CONTENT: content } = process.env;
  if (!content) return work();
  return inScratch((folder) => {
    process.env.KUBECONFIG = path.join(folder, 'kubeconfig');
    delete process.env.KUBECONFIG_CONTENT;
    writeFileSync(process.env.KUBECONFIG, content, { mode: 0o600 });
    return work();
  });
}

try {
  enterProject();
  const request = readRequest();
  withCluster(() => withCommit(request.commit, (root) => deploy({ ...request, root })));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

// Brings one image, named by its digest, to one environment, and takes it back when it does not prove itself there.
//
//   npm run deploy -- staging --image ghcr.io/owner/keelson --digest sha256:… --host staging.example.com
//
// KUBECONFIG says where, or KUBECONFIG_CONTENT is what such a file holds. The image must be signed by the workflow that
// COSIGN_IDENTITY names, unless --unsigned says otherwise. The chart with its values-<environment>.yaml is the one that
// lies here, or with --commit that of a commit of main. The smoke test signs in as SMOKE_EMAIL with SMOKE_PASSWORD.
// Migrations are not taken back: each leaves the version before it working.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withCommit } from './deploy/commit.mjs';
import { ask, digestOf, inScratch, nameOf, run, summarise, tell } from './deploy/steps.mjs';
import { enterProject } from './settings.mjs';

const CHART = 'deploy/helm/keelson';
const RELEASE = 'keelson';
const ISSUER = 'https://token.actions.githubusercontent.com';
const PATIENCE = '15m';

function readRequest() {
  const options = Object.fromEntries(
    ['image', 'digest', 'host', 'namespace', 'commit'].map((name) => [name, { type: 'string' }]),
  );
  const { values, positionals } = parseArgs({
    options: { ...options, unsigned: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [environment = ''] = positionals;
  const file = `${CHART}/values-${environment}.yaml`;
  if (!/^[a-z]+$/.test(environment) || !existsSync(file)) throw new Error(`There is no ${file}.`);
  refuseLacking(values.host);
  if (!/^[a-z0-9.-]+$/.test(values.host ?? '')) throw new Error('--host is the name the outside calls.');
  const namespace = values.namespace ?? `${RELEASE}-${environment}`;
  const image = { name: nameOf(values.image), digest: digestOf(values.digest) };
  const { host, unsigned, commit } = values;
  return { ...image, host, unsigned, commit, file, namespace };
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

/** The revision that serves now; undefined before the first installation. */
function servingRevision(place) {
  const { ok, text, complaint } = ask('helm', [
    'history',
    RELEASE,
    '--output',
    'json',
    '--max',
    '50',
    ...place,
  ]);
  if (!ok && /release: not found/.test(complaint)) return undefined;
  if (!ok) throw new Error(`helm does not know what serves: ${complaint}`);
  const revisions = JSON.parse(text);
  const last = revisions.at(-1);
  if (last.status.startsWith('pending')) {
    const mend = `wait, or if it died: helm rollback ${RELEASE} ${place.join(' ')}`;
    throw new Error(`Revision ${last.revision} is ${last.status}, by another deployment: ${mend}`);
  }
  return revisions.findLast(({ status }) => status === 'deployed')?.revision;
}

/** Helm itself goes back when the new pods do not get ready. */
function upgrade({ name, digest, host, root, file }, place) {
  const chart = [path.join(root, CHART), '--values', path.join(root, file)];
  const values = [`image.repository=${name}`, `image.digest=${digest}`, `host=${host}`];
  const settings = values.flatMap((value) => ['--set-string', value]);
  const care = ['--atomic', '--wait', '--cleanup-on-fail', '--timeout', PATIENCE, '--history-max', '20'];
  run('helm', ['upgrade', '--install', RELEASE, ...chart, ...settings, ...care, ...place]);
}

function smoke({ host, root }) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const env = { ...process.env, SMOKE_VERSION: version };
  run('npm', ['run', '--silent', 'smoke', '--', `https://${host}`], { env });
}

function rollBack(revision, place, reason) {
  if (!revision)
    throw new Error(
      `${reason} It is the first revision, there is nothing to go back to, and it stays. If only the account of the ` +
        'smoke test is missing: register it there, and run this again.',
    );
  try {
    run('helm', ['rollback', RELEASE, String(revision), '--wait', '--timeout', PATIENCE, ...place]);
  } catch (cause) {
    const news = `Going back to revision ${revision} failed, too (${cause.message}): see to it now.`;
    throw new Error(`${reason} ${news}`, { cause });
  }
  throw new Error(`${reason} Revision ${revision} serves again.`);
}

function deploy(request) {
  const place = ['--namespace', request.namespace];
  verifySignature(request);
  const before = servingRevision(place);
  upgrade(request, place);
  try {
    smoke(request);
  } catch (error) {
    rollBack(before, place, `The smoke test failed (${error.message})`);
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

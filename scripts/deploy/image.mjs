// The image: built and pushed once, then only ever named by its digest.
//
//   node scripts/deploy/image.mjs login                                       REGISTRY_USER, REGISTRY_TOKEN
//   node scripts/deploy/image.mjs local <name>                                builds for this machine only
//   node scripts/deploy/image.mjs build ghcr.io/owner/keelson                 builds, pushes, says the digest
//   node scripts/deploy/image.mjs scan  ghcr.io/owner/keelson@sha256:…        known holes that have a fix, secrets, size
//   node scripts/deploy/image.mjs sbom  ghcr.io/owner/keelson@sha256:… <file> what is in it, as CycloneDX
//   node scripts/deploy/image.mjs sign  ghcr.io/owner/keelson@sha256:… <file> keyless; attests the file
//
// scan and sbom take a local image by any name, too. Needs docker, sign also cosign.
import '../../src/launch.js';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { enterProject } from '../settings.mjs';
import { ask, digestOf, inScratch, nameOf, run, tell } from './steps.mjs';

const BUILDER = 'keelson';
const BUILDKIT =
  'moby/buildkit:v0.29.0@sha256:0039c1d47e8748b5afea56f4e85f14febaf34452bd99d9552d2daa82262b5cc5';
const TRIVY = 'aquasec/trivy:0.74.0@sha256:62b1e65e8869bc4b4c6aa4fa2b21595256c7c2f6018a9d9ad61caf87187c1969';

const LARGEST_MB = 250;

const git = (...args) => ask('git', args).text;

const commands = {
  login() {
    const { REGISTRY_USER: user = '', REGISTRY_TOKEN: token = '', REGISTRY = 'ghcr.io' } = process.env;
    run('docker', ['login', REGISTRY, '--username', user, '--password-stdin'], { input: token });
  },

  local(name) {
    run('docker', ['build', '.', '--tag', name, ...facts()]);
  },

  build(repository) {
    const name = nameOf(repository);
    if (!ask('docker', ['buildx', 'inspect', BUILDER]).ok) createBuilder();
    inScratch((folder) => {
      const metadata = path.join(folder, 'metadata.json');
      run('docker', ['buildx', 'build', '.', ...facts(), ...pushed(name), '--metadata-file', metadata]);
      const digest = digestOf(JSON.parse(readFileSync(metadata, 'utf8'))['containerimage.digest']);
      tell({ digest, reference: `${name}@${digest}` });
      console.log(`${name}@${digest}`);
    });
  },

  scan(reference) {
    const questions = ['--scanners', 'vuln,secret', '--severity', 'HIGH,CRITICAL', '--ignore-unfixed'];
    trivy(reference, [...questions, '--exit-code', '1']);
    weigh(reference);
  },

  sbom(reference, file) {
    trivy(reference, ['--format', 'cyclonedx', '--output', '/report/sbom.json'], path.resolve(file));
  },

  sign(reference, file) {
    const [repository, digest] = reference.split('@');
    const image = `${nameOf(repository)}@${digestOf(digest)}`;
    run('cosign', ['attest', '--yes', '--type', 'cyclonedx', '--predicate', file, image]);
    // Last, because the signature is what deploying asks for.
    run('cosign', ['sign', '--yes', image]);
  },
};

function createBuilder() {
  const driver = ['--driver', 'docker-container', '--driver-opt', `image=${BUILDKIT}`];
  run('docker', ['buildx', 'create', '--name', BUILDER, ...driver]);
}

/** The version, if this commit has been given one; the next best name otherwise. */
function versionOf(revision) {
  const released = git('tag', '--points-at', 'HEAD', '--list', 'v[0-9]*').split('\n')[0].slice(1);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  return released || `${version}-${revision.slice(0, 12)}`;
}

/** What the Dockerfile is told. All of it comes from the commit, so that the same commit gives the same image. */
function facts() {
  const revision = git('rev-parse', 'HEAD');
  const told = {
    VERSION: versionOf(revision),
    REVISION: revision,
    CREATED: git('log', '-1', '--format=%cI'),
    // BuildKit writes it into every layer.
    SOURCE_DATE_EPOCH: git('log', '-1', '--format=%ct'),
    // The base with its digest, where somebody has looked at one; else the version that the Dockerfile names.
    ...(process.env.NODE_IMAGE && { NODE_IMAGE: process.env.NODE_IMAGE }),
  };
  return Object.entries(told).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
}

function pushed(name) {
  const revision = git('rev-parse', 'HEAD');
  const names = [revision.slice(0, 12), versionOf(revision)].map((tag) => `${name}:${tag}`);
  const cache = `type=registry,ref=${name}:cache`;
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  const options = {
    builder: BUILDER,
    platform: 'linux/amd64',
    provenance: 'mode=max',
    // GitHub shows the image beside the repository that it names.
    ...(repository && { label: `org.opencontainers.image.source=${server}/${repository}` }),
    'cache-from': cache,
    'cache-to': `${cache},mode=max`,
    output: `type=image,"name=${names}",push=true,oci-mediatypes=true,rewrite-timestamp=true`,
  };
  return Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]);
}

/** Trivy gets the image as a file: neither the socket of docker nor the login of the registry. */
function trivy(reference, args, report) {
  if (!ask('docker', ['image', 'inspect', reference]).ok) run('docker', ['pull', '--quiet', reference]);
  inScratch((folder) => {
    run('docker', ['image', 'save', '--output', path.join(folder, 'image.tar'), reference]);
    const mount = `${folder}:/report`;
    const question = ['image', '--input', '/report/image.tar', '--timeout', '10m', '--quiet', ...args];
    run('docker', ['run', '--rm', '--volume', mount, TRIVY, ...question]);
    if (report) copyFileSync(path.join(folder, 'sbom.json'), report);
  });
}

/** Asks the image itself how large its file system is, since engines count in different ways. */
function weigh(reference) {
  const du = ['--summarize', '--one-file-system', '--apparent-size', '--block-size=MB', '/'];
  const container = [
    'run',
    '--rm',
    '--network',
    'none',
    '--user',
    '0',
    '--entrypoint',
    'du',
    reference,
    ...du,
  ];
  const { text, complaint } = ask('docker', container);
  const size = Number.parseInt(text, 10);
  console.log(`${reference} has ${size} MB`);
  if (!(size < LARGEST_MB))
    throw new Error(complaint || `${size} MB are too many: ${LARGEST_MB} is the limit.`);
}

try {
  enterProject();
  const [command, ...args] = process.argv.slice(2);
  if (!Object.hasOwn(commands, command ?? ''))
    throw new Error(`Commands: ${Object.keys(commands).join(', ')}.`);
  if (command !== 'login' && !args[0]) throw new Error('Which image?');
  commands[command](...args);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

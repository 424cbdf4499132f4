// `npm run licences [-- <lock file>]`: every package that production installs has a licence from the list below.
// Read from package-lock.json; a package that names none there is asked itself.
import '../src/launch.js';
import { existsSync, readFileSync } from 'node:fs';
import satisfies from 'spdx-satisfies';
import { enterProject } from './settings.mjs';

/** None of these asks more than that its notice is kept. */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
];

/** Looked up by a person where the package's fields say nothing; for exactly this version. */
const LOOKED_UP = {
  // In its README.
  'pause@0.0.1': 'MIT',
  // Binaries of msgpackr-extract, which is under MIT.
  '@msgpackr-extract/msgpackr-extract-darwin-arm64@3.0.7': 'MIT',
  '@msgpackr-extract/msgpackr-extract-darwin-x64@3.0.7': 'MIT',
  '@msgpackr-extract/msgpackr-extract-linux-arm@3.0.7': 'MIT',
  '@msgpackr-extract/msgpackr-extract-win32-x64@3.0.7': 'MIT',
};

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** `[name@version, licence]` of each package that is installed outside development. */
function productionLicences(lock) {
  return Object.entries(lock.packages)
    .filter(([path, { dev, link }]) => path.includes('node_modules/') && !dev && !link)
    .map(([path, { version, license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const versioned = `${name}@${version}`;
      return [versioned, license ?? ownWord(path) ?? LOOKED_UP[versioned]];
    });
}

function ownWord(path) {
  const file = `${path}/package.json`;
  const { license, licenses } = existsSync(file) ? readJson(file) : {};
  const word =
    license ?? (Array.isArray(licenses) ? licenses.map(({ type }) => type).join(' OR ') : licenses);
  return word?.type ?? word;
}

/** Why a licence is not acceptable; undefined when it is. */
function objection(licence) {
  if (!licence) return 'names no licence';
  try {
    return satisfies(licence, ALLOWED) ? undefined : `is under ${licence}`;
  } catch {
    return `says "${licence}", which is no SPDX expression`;
  }
}

enterProject();
const packages = productionLicences(readJson(process.argv[2] ?? 'package-lock.json'));
const refused = packages.flatMap(([name, licence]) => {
  const reason = objection(licence);
  return reason ? [`${name} ${reason}`] : [];
});
for (const line of refused) console.error(line);
if (packages.length === 0) console.error('The lock file names no package for production.');
if (refused.length > 0)
  console.error('Replace them, or add the licence to scripts/licences.mjs and say why.');
else console.log(`${packages.length} packages, every licence is on the list.`);
process.exitCode = refused.length > 0 || packages.length === 0 ? 1 : 0;

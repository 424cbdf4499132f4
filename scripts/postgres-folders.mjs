// Where a cluster may live, and as whom its server runs: PostgreSQL refuses root and needs a folder of its own.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeProcess, isRunning } from './processes.mjs';
import { endPostmaster } from './postmaster.mjs';

const EPHEMERAL = 'keelson-pg-run-';
const MEMORY = '/dev/shm';
const ROOMY_BYTES = 2 * 1024 ** 3;
const posix = process.platform !== 'win32';

/** Spawn options that run a program as `user`, with a locale and settings of ours whatever the shell has. */
export function asUser(user) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return {
    ...(user && { uid: user.uid, gid: user.gid }),
    cwd: path.parse(os.tmpdir()).root,
    env: { ...Object.fromEntries(inherited), LC_ALL: 'C' },
    windowsHide: true,
  };
}

/** The user the server drops to when we are root: the owner of an existing cluster, else postgres or nobody. */
export function serverUser(dataDir) {
  if (process.getuid?.() !== 0) return undefined;
  const existing = dataDir && fs.statSync(dataDir, { throwIfNoEntry: false });
  if (existing && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  const accounts = fs.existsSync('/etc/passwd') ? fs.readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  const find = (name) => accounts.find((line) => line.startsWith(`${name}:`))?.split(':');
  const [, , uid, gid] = find('postgres') ?? find('nobody') ?? ['', '', '65534', '65534'];
  return { uid: Number(uid), gid: Number(gid) };
}

/** Folders for what may be lost, which this process may write to and `user` may enter. */
export const temporaryParents = (user) =>
  usable(posix ? [os.tmpdir(), '/tmp', '/var/tmp'] : [os.tmpdir()], user);

// Not a temporary folder first: systems empty those of what was not used for some weeks.
const lastingParents = (user) => usable(['/var/lib', '/var/tmp', '/tmp'], user);

const usable = (folders, user) =>
  [...new Set(folders)].filter((folder) => mayWrite(folder) && mayEnter(folder, user));

/** Makes a folder under a shared parent, or refuses one that somebody else has laid there first. */
export function ownFolder(folder) {
  try {
    fs.mkdirSync(folder);
    fs.chmodSync(folder, 0o711);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const found = fs.lstatSync(folder);
    const ours = found.isDirectory() && (!posix || (found.uid === process.getuid() && !(found.mode & 0o022)));
    if (ours) return;
    throw new Error(
      `${folder} was not made by this user (it belongs to uid ${found.uid}): have it removed, then try again`,
      { cause: error },
    );
  }
}

/**
 * The folder a lasting cluster really uses: the one asked for, or, when root asks for a place that the server's
 * user cannot enter (a parent of mode 0700), one under /var/lib that `<dataDir>.moved` points to.
 */
export async function lastingFolder(dataDir, log) {
  const parent = path.dirname(dataDir);
  if (fs.mkdirSync(parent, { recursive: true })) fs.chmodSync(parent, 0o711);
  const user = serverUser(dataDir);
  if (!user) {
    refuseForeign(dataDir);
    return { folder: dataDir, user };
  }
  if (mayEnter(parent, user)) return { folder: dataDir, user };
  const marker = `${dataDir}.moved`;
  const shared = lastingParents(user)[0];
  if (!shared)
    throw new Error(`There is no folder that uid ${user.uid} may enter: set DATABASE_URL, or TMPDIR`);
  const hash = createHash('sha256').update(fs.realpathSync(parent) + path.basename(dataDir));
  const home = path.join(shared, `keelson-pg-${hash.digest('hex').slice(0, 16)}`);
  ownFolder(home);
  const folder = path.join(home, 'data');
  if (!fs.existsSync(marker)) {
    // Whoever removed the data folder wants to begin anew: the moved one must not come back.
    await endPostmaster(folder);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.writeFileSync(marker, `${folder}\n`, { mode: 0o600 });
  }
  log(`database folder: ${folder}, because uid ${user.uid} cannot enter ${parent}`);
  return { folder, user: serverUser(folder) };
}

// Tests copy and drop whole databases: on a disk that takes as long as all their statements. Who names a folder gets it.
function memory() {
  if (process.env.TMPDIR || !fs.existsSync(MEMORY)) return [];
  const { bavail, bsize } = fs.statfsSync(MEMORY);
  return bavail * bsize > ROOMY_BYTES ? [MEMORY] : [];
}

/** A temporary home for a cluster; those that killed runs have left are ended and removed first. */
export async function ephemeralFolder() {
  const user = serverUser();
  const [parent] = [...usable(memory(), user), ...temporaryParents(user)];
  if (!parent) throw new Error('There is no temporary folder to use: set TMPDIR to one');
  for (const name of fs.readdirSync(parent)) {
    if (name.startsWith(EPHEMERAL)) await sweep(path.join(parent, name));
  }
  const home = fs.mkdtempSync(path.join(parent, EPHEMERAL));
  fs.chmodSync(home, 0o711);
  fs.writeFileSync(path.join(home, 'launcher.json'), JSON.stringify(describeProcess(process.pid)));
  return { folder: path.join(home, 'data'), home, user };
}

async function sweep(home) {
  try {
    if (posix && fs.lstatSync(home).uid !== process.getuid()) return;
    // Without that file another run is just making the folder.
    if (isRunning(JSON.parse(fs.readFileSync(path.join(home, 'launcher.json'), 'utf8')))) return;
    await endPostmaster(path.join(home, 'data'));
    fs.rmSync(home, { recursive: true, force: true });
  } catch {
    // Another run sweeps the same folder at this moment.
  }
}

function mayWrite(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function mayEnter(folder, user) {
  if (!user) return true;
  return spawnSync('/bin/sh', ['-c', 'cd -- "$0"', folder], asUser(user)).status === 0;
}

function refuseForeign(dataDir) {
  const found = fs.statSync(dataDir, { throwIfNoEntry: false });
  if (!posix || !found || found.uid === process.getuid()) return;
  throw new Error(
    `${dataDir} belongs to another user (uid ${found.uid}), who has run this before: ` +
      'start as that user, or have the folder removed to begin with an empty database',
  );
}

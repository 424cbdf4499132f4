// Makes the data folder of an embedded PostgreSQL and keeps its passwords beside it.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { majorVersion, program } from './postgres-binaries.mjs';
import { asUser } from './postgres-folders.mjs';
import { ADMIN } from './postgres-roles.mjs';
import { endPostmaster } from './postmaster.mjs';

/**
 * Makes the cluster of a data folder unless it exists, and answers its passwords. A folder of another major
 * version is refused; a lost password file is replaced.
 */
export async function prepareCluster(cluster) {
  const { folder, binaries } = cluster;
  const secretFile = `${cluster.beside}.secret.json`;
  removeDrafts(folder);
  if (!fs.existsSync(path.join(folder, 'PG_VERSION'))) return createCluster(cluster, secretFile);
  const made = Number(fs.readFileSync(path.join(folder, 'PG_VERSION'), 'utf8'));
  const ours = majorVersion(binaries);
  if (made !== ours) {
    throw new Error(
      `${folder} was made by PostgreSQL ${made}, this is ${ours}: remove the folder to begin anew, ` +
        'or set DATABASE_URL to a server of that version',
    );
  }
  try {
    const kept = JSON.parse(fs.readFileSync(secretFile, 'utf8'));
    if (kept[ADMIN]) return kept;
  } catch (error) {
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
  }
  return replaceSecrets(cluster, secretFile);
}

function newSecrets(file) {
  const secret = () => randomBytes(24).toString('base64url');
  const secrets = { [ADMIN]: secret(), keelson_owner: secret(), keelson_app: secret() };
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify(secrets), { mode: 0o600 });
  fs.renameSync(draft, file);
  return secrets;
}

// Made in a draft folder and renamed when complete, so that a kill in the middle leaves nothing half made.
function createCluster({ folder, user, binaries }, secretFile) {
  if (fs.existsSync(folder) && fs.readdirSync(folder).length > 0) {
    throw new Error(`${folder} holds something that is no database: move it away, or choose another folder`);
  }
  const draft = fs.mkdtempSync(`${folder}.new-`);
  const passwordFile = path.join(draft, 'password');
  const secrets = newSecrets(secretFile);
  fs.writeFileSync(passwordFile, secrets[ADMIN], { mode: 0o600 });
  if (user) for (const file of [draft, passwordFile]) fs.chownSync(file, user.uid, user.gid);
  const data = path.join(draft, 'data');
  const flags = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const made = spawnSync(
    program(binaries, 'initdb'),
    ['-D', data, '-U', ADMIN, '-A', 'scram-sha-256', '--pwfile', passwordFile, '--no-sync', ...flags],
    { ...asUser(user), encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr.trim()}`);
  if (fs.existsSync(folder)) fs.rmdirSync(folder);
  fs.renameSync(data, folder);
  fs.rmSync(draft, { recursive: true, force: true });
  return secrets;
}

// The password file was lost: the owner of the data folder may set a new one without the old.
async function replaceSecrets({ folder, user, binaries, log }, secretFile) {
  await endPostmaster(folder);
  const secrets = newSecrets(secretFile);
  const changed = spawnSync(program(binaries, 'postgres'), ['--single', '-D', folder, 'postgres'], {
    ...asUser(user),
    input: `ALTER ROLE ${ADMIN} PASSWORD '${secrets[ADMIN]}'\n`,
    encoding: 'utf8',
  });
  if (changed.status !== 0)
    throw new Error(`Setting a new database password failed: ${changed.stderr.trim()}`);
  log(`${secretFile} was missing: the passwords of the database are new`);
  return secrets;
}

// What killed runs left half made. Their initdb may still be at work for a moment: then the next start removes it.
function removeDrafts(folder) {
  for (const name of fs.readdirSync(path.dirname(folder))) {
    if (!name.startsWith(`${path.basename(folder)}.new-`)) continue;
    try {
      fs.rmSync(path.join(path.dirname(folder), name), { recursive: true, force: true });
    } catch (error) {
      if (!['ENOTEMPTY', 'EBUSY', 'EPERM'].includes(error.code)) throw error;
    }
  }
}

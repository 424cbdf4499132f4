// A real PostgreSQL 18 out of node_modules: for `npm start` on a machine with only Node, and for the tests.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './ports.mjs';
import { findBinaries, program } from './postgres-binaries.mjs';
import { prepareCluster } from './postgres-cluster.mjs';
import { asUser, ephemeralFolder, lastingFolder } from './postgres-folders.mjs';
import { ADMIN, DATABASE, connectionUrl, ensureRoles, maySignIn } from './postgres-roles.mjs';
import { endPostmaster, findPostmaster, readPidFile } from './postmaster.mjs';
import { describeProcess, isRunning } from './processes.mjs';

const START_TIMEOUT_MS = 60_000;
const CARELESS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts PostgreSQL on loopback, or adopts the server that a killed run has left in the same data folder.
 *
 * `dataDir` (default `.data/postgres`) keeps its data, its passwords in `<dataDir>.secret.json` (mode 0600) and its
 * log in `<dataDir>.log`. `ephemeral` takes a temporary folder instead, gives up durability for speed, lets the
 * owner create databases, and removes everything at `stop()`. `port` defaults to a free one.
 *
 * Answers `{ url, ownerUrl, adminUrl, port, dataDir, adopted, exited, stop(), leave() }`: `url` is for the application (owns
 * nothing, row security holds), `ownerUrl` for migrations, `adminUrl` (superuser) for nobody but tests of this
 * launcher; `exited` resolves when the server is gone; `leave()` lets it run on when this process ends. Throws an Error that tells a person what to do.
 */
export async function startPostgres({ dataDir, port, ephemeral = false, log = () => {} } = {}) {
  const asked = path.resolve(dataDir ?? path.join('.data', 'postgres'));
  const place = ephemeral ? await ephemeralFolder() : await lastingFolder(asked, log);
  const cluster = { ...place, ephemeral, beside: ephemeral ? place.folder : asked, log };
  try {
    cluster.binaries = findBinaries(cluster.user, log);
    cluster.secrets = await prepareCluster(cluster);
    const server = (await adopt(cluster, port)) ?? (await launch(cluster, port));
    return await handOver(cluster, server);
  } catch (error) {
    if (ephemeral) fs.rmSync(place.home, { recursive: true, force: true });
    throw error;
  }
}

async function handOver(cluster, server) {
  const stop = once(async () => {
    await endPostmaster(cluster.folder, server);
    process.off('exit', interrupt);
    if (cluster.ephemeral) fs.rmSync(cluster.home, { recursive: true, force: true });
  });
  // The last resort of a process that ends without stop(): the server still shuts down in order.
  const interrupt = () => isRunning(server) && process.kill(server.pid, 'SIGINT');
  process.on('exit', interrupt);
  try {
    await ensureRoles(server.port, cluster.secrets, { mayCreateDatabases: cluster.ephemeral });
  } catch (error) {
    await stop();
    throw error;
  }
  const url = (role, database) => connectionUrl(role, cluster.secrets, server.port, database);
  return {
    url: url('keelson_app', DATABASE),
    ownerUrl: url('keelson_owner', DATABASE),
    adminUrl: url(ADMIN, 'postgres'),
    port: server.port,
    dataDir: cluster.folder,
    adopted: !server.child,
    exited: server.child ? server.exited : vanished(server),
    stop,
    leave: () => void process.off('exit', interrupt),
  };
}

const once = (work) => {
  let running;
  return () => (running ??= work());
};

// A server that is not our child tells nobody when it ends.
async function vanished(server) {
  while (isRunning(server)) await delay(500, undefined, { ref: false });
}

async function adopt({ folder, ephemeral, secrets, log }, port) {
  const found = ephemeral ? undefined : await findPostmaster(folder);
  if (!found) return undefined;
  const deadline = Date.now() + 5_000;
  while ((port ?? found.port) === found.port && isRunning(found) && Date.now() < deadline) {
    if (await maySignIn(found.port, secrets)) {
      log(`adopted the database server (pid ${found.pid}) that an earlier run left behind`);
      return found;
    }
    await delay(100);
  }
  log(`stopping the database server (pid ${found.pid}) that an earlier run left behind`);
  await endPostmaster(folder, found);
  return undefined;
}

async function launch(cluster, port) {
  for (let attempt = 1; ; attempt += 1) {
    const server = spawnServer(cluster, port ?? (await freePort()));
    const failure = await untilReady(cluster.folder, server);
    if (!failure) return server;
    const log = fs.readFileSync(`${cluster.beside}.log`, 'utf8').trim().split('\n').slice(-8).join('\n');
    // Another program took the free port first; or a killed run's server had not yet written its pid file when we
    // looked for it, or has processes that are still on their way out.
    const passing = port ? /still in use|already exists/ : /could not bind|still in use|already exists/;
    if (attempt === 5 || !passing.test(log)) throw new Error(`PostgreSQL ${failure}:\n${log}`);
    await endPostmaster(cluster.folder);
    await delay(200 * attempt);
  }
}

function spawnServer({ folder, user, binaries, ephemeral, beside }, port) {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'timezone=UTC',
    'log_timezone=UTC',
  ];
  const args = [...settings, ...(ephemeral ? CARELESS : [])].flatMap((setting) => ['-c', setting]);
  const output = fs.openSync(`${beside}.log`, 'w', 0o600);
  // A group of its own: Ctrl-C in the terminal must not stop the database before the application.
  const options = {
    ...asUser(user),
    detached: process.platform !== 'win32',
    stdio: ['ignore', output, output],
  };
  const child = spawn(program(binaries, 'postgres'), ['-D', folder, '-p', String(port), ...args], options);
  fs.closeSync(output);
  const server = { child, port, ...describeProcess(child.pid) };
  server.exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(`ended (${signal ?? code})`));
    child.once('error', (error) => resolve(`could not be started (${error.message})`));
  });
  child.unref();
  return server;
}

async function untilReady(folder, server) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const failure = await Promise.race([server.exited, delay(10)]);
    if (failure) return failure;
    const found = readPidFile(folder);
    if (found?.pid === server.pid && found.ready) return undefined;
  }
  server.child.kill('SIGKILL');
  await server.exited;
  return `was not ready within ${START_TIMEOUT_MS / 1000} s`;
}

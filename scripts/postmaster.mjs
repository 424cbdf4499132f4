// Reads postmaster.pid, and ends a server that an earlier run has left behind.
import * as fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeProcess, endProcess, worksIn } from './processes.mjs';

const pidFile = (dataDir) => path.join(dataDir, 'postmaster.pid');

/** What postmaster.pid says, as `{ pid, port, ready }`; undefined without one, `pid` 0 while it is being written. */
export function readPidFile(dataDir) {
  try {
    const lines = fs.readFileSync(pidFile(dataDir), 'utf8').split('\n');
    return { pid: Number(lines[0]) || 0, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The living server of a data folder as `{ pid, identity, port }`, or undefined. A pid file whose process is dead,
 * or is by now somebody else, is removed: PostgreSQL itself would refuse to start on the second kind. Not for a
 * server that this process has just started: its pid file is not complete from the first moment.
 */
export async function findPostmaster(dataDir) {
  let found = readPidFile(dataDir);
  for (let tries = 0; found?.pid === 0 && tries < 50; tries += 1) {
    await delay(20);
    found = readPidFile(dataDir);
  }
  if (!found) return undefined;
  if (worksIn(found.pid, dataDir)) return { ...describeProcess(found.pid), port: found.port };
  fs.rmSync(pidFile(dataDir), { force: true });
  return undefined;
}

/** Fast shutdown (sessions are cut, data is safe), then harder; resolves when the server is gone. */
export async function endPostmaster(dataDir, postmaster) {
  const found = postmaster ?? (await findPostmaster(dataDir));
  if (found) await endProcess(found, { signals: ['SIGINT', 'SIGQUIT', 'SIGKILL'], graceMs: 10_000 });
}

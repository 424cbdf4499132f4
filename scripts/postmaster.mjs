// Reads postmaster.pid, and ends a server that an earlier run has left behind.
import * as fs from 'node:fs';
import path from 'node:path';
import { describeProcess, endProcess, worksIn } from './processes.mjs';

/**
 * The living server of a data folder as `{ pid, identity, port, ready }`, or undefined. A pid file whose process
 * is dead, or is by now somebody else, is removed: PostgreSQL itself would refuse to start on the second kind.
 */
export function readPostmaster(dataDir) {
  const file = path.join(dataDir, 'postmaster.pid');
  if (!fs.existsSync(file)) return undefined;
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  if (worksIn(pid, dataDir)) {
    return { ...describeProcess(pid), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  }
  fs.rmSync(file, { force: true });
  return undefined;
}

/** Fast shutdown (sessions are cut, data is safe), then harder; resolves when the server is gone. */
export async function endPostmaster(dataDir, postmaster = readPostmaster(dataDir)) {
  if (!postmaster) return;
  await endProcess(postmaster, { signals: ['SIGINT', 'SIGQUIT', 'SIGKILL'], graceMs: 10_000 });
}

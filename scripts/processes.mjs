// Which process a pid is, and how to end it: a bare pid proves nothing, the system hands it out again.
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const ask = (command, args) => {
  const answer = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return answer.status === 0 ? answer.stdout.trim() : '';
};

/** A text that no other process, before or after a reboot, shares with this pid; undefined when it is dead. */
export function identityOf(pid) {
  if (!Number.isSafeInteger(pid) || pid < 1) return undefined;
  if (process.platform === 'linux') return linuxIdentity(pid);
  const started =
    process.platform === 'win32'
      ? ask('powershell', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`])
      : ask('ps', ['-o', 'lstart=', '-p', String(pid)]);
  return started || undefined;
}

function linuxIdentity(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces: count the fields after it. The first is the state, the 20th the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Pid and identity of a living process, as kept in state files. */
export const describeProcess = (pid) => ({ pid, identity: identityOf(pid) });

/** Whether the process of such a description still runs. */
export const isRunning = (described) =>
  Boolean(described?.identity) && identityOf(described.pid) === described.identity;

/** Whether the process works in this folder: how a postmaster is recognised as the one of a data folder. */
export function worksIn(pid, folder) {
  if (process.platform === 'win32') return identityOf(pid) !== undefined;
  try {
    const real = realpathSync(folder);
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === real;
    const command = ask('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
    return command.includes(` -D ${folder} `) || command.includes(` -D ${real} `);
  } catch {
    return false;
  }
}

/** Sends each signal in turn until the process is gone, giving it `graceMs` milliseconds after each. */
export async function endProcess(described, { signals = ['SIGTERM', 'SIGKILL'], graceMs = 10_000 } = {}) {
  for (const signal of signals) {
    if (!isRunning(described)) return;
    try {
      process.kill(described.pid, signal);
    } catch (error) {
      if (error.code === 'ESRCH') return;
      throw error;
    }
    const deadline = Date.now() + graceMs;
    while (isRunning(described) && Date.now() < deadline) await delay(20);
  }
}

// Which `npm start` owns this folder, and what it has started: so that there is one at a time, and so that the next
// one finds what a killed one left behind.
import * as fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeProcess, endProcess, isRunning } from './processes.mjs';

const stateFile = (folder) => path.join(folder, 'start.json');

/** The state that the last start in this folder has written, or undefined. */
export function readState(folder) {
  try {
    return JSON.parse(fs.readFileSync(stateFile(folder), 'utf8'));
  } catch {
    return undefined;
  }
}

/** The launcher that runs in this folder at the moment, as `{ pid, identity }`, or undefined. */
export function runningLauncher(folder) {
  const launcher = readState(folder)?.launcher;
  return isRunning(launcher) ? launcher : undefined;
}

/**
 * Takes the folder for this process, ending what a killed start left running there. Answers
 * `{ record(name, pid), release() }`. Throws an Error when another start runs in it.
 */
export async function claim(folder, log) {
  if (fs.mkdirSync(folder, { recursive: true })) fs.chmodSync(folder, 0o711);
  const file = stateFile(folder);
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const state = { launcher: describeProcess(process.pid), children: [] };
    try {
      fs.writeFileSync(file, JSON.stringify(state), { flag: 'wx', mode: 0o600 });
      return claimed(file, state);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    await clearAway(folder, file, log);
  }
  throw new Error(`${file} is being taken by another start`);
}

function claimed(file, state) {
  return {
    record(name, pid) {
      state.children.push({ name, ...describeProcess(pid) });
      fs.writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
      fs.renameSync(`${file}.new`, file);
    },
    release: () => fs.rmSync(file, { force: true }),
  };
}

async function clearAway(folder, file, log) {
  // An empty file belongs to a start that is just writing it, or to a disk that was full.
  if (!readState(folder)) await delay(200);
  const state = readState(folder);
  if (isRunning(state?.launcher)) {
    throw new Error(
      `npm start already runs in this folder (pid ${state.launcher.pid}). ` +
        `End it with Ctrl-C in its terminal, or with: kill ${state.launcher.pid}`,
    );
  }
  const orphans = (state?.children ?? []).filter(isRunning);
  for (const { name, pid } of orphans)
    log(`stopping the ${name} (pid ${pid}) that an earlier run left behind`);
  await Promise.all(orphans.map((orphan) => endProcess(orphan)));
  const aside = `${file}.${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return;
  }
  // Two starts may find the same stale file: the slower one must not take away what the faster one wrote since.
  const taken = fs.readFileSync(aside, 'utf8');
  if (state && taken !== JSON.stringify(state)) fs.renameSync(aside, file);
  else fs.rmSync(aside, { force: true });
}

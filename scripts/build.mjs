// Knows whether dist/ is up to date with the sources, and builds it.
import * as fs from 'node:fs';
import path from 'node:path';
import { runCommand } from './services.mjs';

const SOURCES = ['src', 'migrations', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', '.swcrc'];
const ENTRIES = ['main', 'worker', 'cli'];

/** The built file of `main`, `worker` or `cli`. */
export const entryFile = (name) => path.join('dist', `${name}.js`);

/** `current`, `missing` or `stale`; `detail` names the file that says so. Times decide, folders' times included. */
export function buildState() {
  const built = ENTRIES.map(entryFile);
  const missing = built.find((file) => !fs.existsSync(file));
  if (missing) return { state: 'missing', detail: missing };
  const builtAt = Math.min(...built.map((file) => fs.statSync(file).mtimeMs));
  const newer = SOURCES.map((source) => firstNewer(source, builtAt)).find(Boolean);
  return newer ? { state: 'stale', detail: newer } : { state: 'current', detail: built[0] };
}

function firstNewer(file, time) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat) return undefined;
  // A folder changes when a file in it is removed, which no remaining file would tell.
  if (stat.mtimeMs > time) return file;
  if (!stat.isDirectory()) return undefined;
  for (const name of fs.readdirSync(file)) {
    const newer = firstNewer(path.join(file, name), time);
    if (newer) return newer;
  }
  return undefined;
}

/** Builds when dist/ is missing or older than the sources. */
export async function ensureBuilt(log) {
  const { state, detail } = buildState();
  if (state === 'current') return;
  const nest = path.join('node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  if (!fs.existsSync(nest))
    throw new Error(`${detail} is ${state}, and the build tools are not installed: npm ci`);
  log(`building (${detail} is ${state === 'missing' ? 'missing' : 'newer than dist'})`);
  await runCommand('build', [nest, 'build'], { env: process.env });
  const after = buildState();
  if (after.state === 'missing') throw new Error(`The build made no ${after.detail}`);
}

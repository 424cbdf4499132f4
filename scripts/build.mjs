// Knows whether dist/ is up to date with the sources, and builds it.
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
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

/** The built application's own check of its settings, and every variable of it: a map of names to schemas. */
export function builtConfiguration() {
  const require = createRequire(import.meta.url);
  require(path.resolve('dist/app.module.js'));
  const { assertConfigurations, configurations } = require(path.resolve('dist/core/config/configuration.js'));
  return {
    assertConfigurations,
    variables: new Map(configurations().flatMap(({ shape }) => Object.entries(shape))),
  };
}

/** Builds when dist/ is missing or older than the sources. */
export async function ensureBuilt(log) {
  const { state, detail } = buildState();
  if (state === 'current') return;
  if (!fs.existsSync(path.join('node_modules', '@nestjs', 'cli')))
    throw new Error(`${detail} is ${state}, and the build tools are not installed: npm ci`);
  log(`building (${detail} is ${state === 'missing' ? 'missing' : 'newer than dist'})`);
  // Captured, so that what a build says does not stand before the result of a command.
  await runCommand('build', [npmProgram(), 'run', '--silent', 'build'], { env: process.env, capture: true });
  const after = buildState();
  if (after.state === 'missing') throw new Error(`The build made no ${after.detail}`);
}

// npm names itself to the scripts it runs; beside node otherwise. Not by way of a shell: Windows would need one.
function npmProgram() {
  const beside = ['../lib/node_modules', '../share/nodejs', 'node_modules'].map((folder) =>
    path.join(path.dirname(fs.realpathSync(process.execPath)), folder, 'npm', 'bin', 'npm-cli.js'),
  );
  const found = [process.env.npm_execpath, ...beside].find((file) => file && fs.existsSync(file));
  if (!found)
    throw new Error('npm was not found beside node: start with npm start, or run npm run build first');
  return found;
}

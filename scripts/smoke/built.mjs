// Boots what was built, as production would: the API until it is ready, the worker until it says so, and both down
// again with SIGTERM. On an embedded PostgreSQL of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { entryFile } from '../build.mjs';
import { startPostgres } from '../embedded-postgres.mjs';
import { freePort } from '../ports.mjs';
import { expectRefusals, productionSettings } from './production.mjs';

const READY_WITHIN_MS = 20_000;

/** Starts a built entry; `output` grows while it runs. */
export function start(entry, env) {
  const child = spawn(process.execPath, [entryFile(entry)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const started = { entry, child, output: '', exit: once(child, 'exit') };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (started.output += text));
  }
  return started;
}

/** Waits until `ready` answers true; fails when the process ends first, or time is up. */
export async function until(started, ready) {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (started.child.exitCode !== null) break;
    if (await ready()) return;
    await delay(50);
  }
  throw new Error(`dist/${started.entry}.js did not get ready:\n${started.output}`);
}

/** Asks it to end; throws unless it does so in order. */
export async function stop({ entry, child, exit, output }) {
  child.kill('SIGTERM');
  const [code, signal] = await exit;
  if (code !== 0) throw new Error(`dist/${entry}.js ended with ${signal ?? code} on SIGTERM:\n${output}`);
}

export const isReady = (port) => async () => {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
  return response?.status === 200;
};

/** Migrates with the built command. */
export async function migrateBuilt(env) {
  const migration = spawn(process.execPath, [entryFile('cli'), 'migrate'], { env, stdio: 'inherit' });
  const [code] = await once(migration, 'exit');
  if (code !== 0) throw new Error('The built migrations failed.');
}

/** Throws when one of them does not start, get ready, or stop. */
export async function smokeBuilt() {
  const database = await startPostgres({ ephemeral: true });
  const running = [];
  try {
    const port = await freePort();
    const addresses = { DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl };
    const settings = { ...productionSettings(), ...addresses, PORT: String(port), MANAGEMENT_PORT: '0' };
    const env = { ...process.env, ...settings, LOG_LEVEL: 'info', SHUTDOWN_DELAY_MS: '0' };
    for (const entry of ['main', 'worker']) expectRefusals(entry, env);
    await migrateBuilt(env);
    const api = start('main', env);
    running.push(api);
    await until(api, isReady(port));
    const worker = start('worker', env);
    running.push(worker);
    await until(worker, () => worker.output.includes('worker ready'));
    for (const started of running.splice(0)) await stop(started);
    console.log('The built API and worker start with real secrets only, get ready and stop.');
  } finally {
    for (const { child } of running) child.kill('SIGKILL');
    await database.stop();
  }
}

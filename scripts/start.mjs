// `npm start`: from a machine with only Node to a running system, and back without leaving anything behind.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onParentGone } from '../src/launch.js';
import { ensureBuilt, entryFile } from './build.mjs';
import { openDatabase } from './development-database.mjs';
import { drivers, signInProviders } from './drivers.mjs';
import { portProblems, wantedPorts } from './ports.mjs';
import { claim } from './run-state.mjs';
import { killProcesses, startProcess, stopProcesses } from './services.mjs';
import { dataFolder, enterProject } from './settings.mjs';
import { welcome } from './welcome.mjs';

const READY_TIMEOUT_MS = 60_000;
const stopping = new AbortController();
/** Last started, first stopped. */
const closers = [];
let firstInterruptAt;

const say = (message) => console.log(`start   ${message}`);

async function start() {
  const begun = performance.now();
  enterProject();
  if (process.env.NODE_ENV === 'production') {
    throw new Error(
      'npm start is for development. In production: npm run start:prod, and npm run start:worker',
    );
  }
  const ports = wantedPorts(process.env);
  const state = await claim(dataFolder(), say);
  closers.push(() => state.release());
  const problems = await portProblems(ports);
  if (problems.length > 0) throw new Error(problems.join('\n        '));
  const [database] = await Promise.all([startDatabase(), ensureBuilt(say)]);
  const inbox = await openInbox(ports);
  const around = surroundings(ports, database, inbox);
  const providers = await openProviders(ports, around.PUBLIC_URL);
  const env = { ...process.env, ...around, ...providers.settings };
  const { prepareDatabase } = await import('./prepare.mjs');
  const seed = await prepareDatabase(dataFolder(), env, say);
  run(state, 'api', 'main', env);
  await untilReady(env);
  // Not earlier: on two cores it would keep the API from being ready, and nobody waits for the worker.
  run(state, 'worker', 'worker', env);
  const used = drivers(process.env, { database: database.description, inbox: inbox?.url });
  const pagesUrl = env.AUTH_PAGES_URL || env.PUBLIC_URL;
  const signIn = { pagesUrl, providers: signInProviders(process.env) };
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const passwords = path.join(dataFolder(), 'postgres.secret.json');
  console.log(welcome({ ports, ...signIn, inbox, database, passwords, drivers: used, seed, seconds }));
}

async function startDatabase() {
  stopping.signal.throwIfAborted();
  const { DATABASE_URL, DATABASE_OWNER_URL } = process.env;
  if (DATABASE_URL && !DATABASE_OWNER_URL) {
    say('warning: DATABASE_OWNER_URL is not set, so migrations run as the role of DATABASE_URL.');
    say('warning: a role that owns its tables is a weaker guard between organizations: use two roles.');
  }
  const opening = openDatabase({ port: Number(process.env.EMBEDDED_POSTGRES_PORT) || undefined, log: say });
  // Registered before it is open: a Ctrl-C meanwhile has to wait for it, or it would live on.
  closers.push(() =>
    opening.then(
      (opened) => opened.stop(),
      () => {},
    ),
  );
  const opened = await opening;
  if (DATABASE_URL) return opened;
  void opened.exited.then((how) => fail(new Error(`the database server ${how ?? 'has ended'}`)));
  return {
    ...opened,
    description: `embedded PostgreSQL, 127.0.0.1:${opened.port}, data in ${opened.dataDir}`,
  };
}

async function openInbox(ports) {
  if (process.env.SMTP_URL) return undefined;
  stopping.signal.throwIfAborted();
  const { startInbox } = await import('./inbox.mjs');
  const portOf = (name) => ports.find((port) => port.name === name).port;
  const inbox = await startInbox({ smtpPort: portOf('INBOX_SMTP_PORT'), port: portOf('INBOX_PORT') });
  closers.push(() => inbox.close());
  return inbox;
}

async function openProviders(ports, publicUrl) {
  stopping.signal.throwIfAborted();
  const { startProviders } = await import('./providers.mjs');
  const portOf = (name) => ports.find((port) => port.name === name).port;
  const providers = await startProviders({ env: process.env, portOf, publicUrl });
  closers.push(() => providers.close());
  return providers;
}

function surroundings([api], database, inbox) {
  return {
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    ...(inbox && { SMTP_URL: `smtp://127.0.0.1:${inbox.smtpPort}` }),
    PUBLIC_URL: process.env.PUBLIC_URL || `http://127.0.0.1:${api.port}`,
  };
}

function run(state, name, entry, env) {
  stopping.signal.throwIfAborted();
  const { pid, ended } = startProcess(name, [entryFile(entry)], { env });
  state.record(name, pid);
  ended.then((end) => fail(new Error(`the ${name} has ended (${end}): its own message stands above`)), fail);
}

async function untilReady({ PUBLIC_URL, PORT, HOST }) {
  const host =
    !HOST || ['0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : HOST.includes(':') ? `[${HOST}]` : HOST;
  const address = `http://${host}:${PORT || 3000}/health/ready`;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let last = 'no answer';
  while (Date.now() < deadline) {
    stopping.signal.throwIfAborted();
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(2_000) });
      if (response.ok) return;
      last = `${response.status} ${(await response.text()).slice(0, 300)}`;
    } catch (error) {
      last = error.cause?.code ?? error.message;
    }
    await delay(50);
  }
  throw new Error(
    `${address} was not ready within ${READY_TIMEOUT_MS / 1000} s (${last}); meant for ${PUBLIC_URL}`,
  );
}

async function fail(error) {
  if (stopping.signal.aborted) return;
  console.error(
    `start   ${error.code === 'ERR_MODULE_NOT_FOUND' ? `${error.message}. Run npm ci` : error.message}`,
  );
  await stop(1);
}

async function stop(exitCode) {
  if (stopping.signal.aborted) return;
  stopping.abort();
  if (closers.length > 1) say('stopping');
  // The application's processes go before what they rely on.
  for (const close of [stopProcesses, ...closers.reverse()]) {
    await Promise.resolve(close()).catch((error) => console.error(`start   ${error.message}`));
  }
  process.exit(exitCode);
}

function onInterrupt() {
  const now = Date.now();
  firstInterruptAt ??= now;
  // npm passes on a Ctrl-C that the terminal has sent already: two at once are one.
  if (now - firstInterruptAt > 1_000) {
    console.error('start   ending at once');
    killProcesses();
    process.exit(1);
  }
  void stop(0);
}

process.on('SIGINT', onInterrupt);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(0));
onParentGone(() => void stop(0));
// The reader of our output has gone, such as a closed terminal.
process.stdout.on('error', () => void stop(0));
process.stderr.on('error', () => {});
process.on('uncaughtException', fail);
start().catch(fail);

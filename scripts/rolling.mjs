// npm run rolling: restarts two built instances behind nginx, in turn, until callers who read and write have sent
// 10,000 requests, and fails when one is not answered as it should be. On an embedded PostgreSQL of its own.
import '../src/launch.js';
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureBuilt, entryFile } from './build.mjs';
import { startPostgres } from './embedded-postgres.mjs';
import { freePort } from './ports.mjs';
import { findNginx, startNginx } from './rolling/nginx.mjs';
import { enterProject } from './settings.mjs';
import { isReady, migrateBuilt, start, stop, until } from './smoke/built.mjs';
import { productionSettings } from './smoke/production.mjs';

const LEAST_REQUESTS = 10_000;
const CALLERS = 16;
/** One in so many requests writes. */
const WRITES = 5;
/** Longer than nginx leaves an instance alone that refused a connection. */
const BETWEEN_MS = 1500;

/** A demo user's access token: the demo data is made in development, with the secrets of the instances. */
async function signIn(origin, env) {
  const args = [entryFile('cli'), 'seed', '--json', '--orgs', '1'];
  const seeding = spawnSync(process.execPath, args, {
    env: { ...env, NODE_ENV: 'development', LOG_LEVEL: 'warn' },
    encoding: 'utf8',
  });
  if (seeding.status !== 0) throw new Error(`The demo data could not be made:\n${seeding.stderr}`);
  const { email, password } = JSON.parse(seeding.stdout).organizations[0].users[0];
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ email, password });
  const response = await fetch(`${origin}/v1/auth/login`, { method: 'POST', headers, body });
  if (response.status !== 200) throw new Error(`The demo login answered ${response.status}.`);
  return (await response.json()).accessToken;
}

/** Calls until it is told to stop; counts the answers by what they were. */
function callers(origin, token) {
  const answers = new Map();
  const load = { count: 0, stopped: false, answers };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const call = async (turn) => {
    const write = { method: 'PATCH', headers, body: JSON.stringify({ name: `Caller ${turn}` }) };
    const response = await fetch(`${origin}/v1/me`, turn % WRITES === 0 ? write : { headers });
    await response.text();
    return response.status;
  };
  const caller = async () => {
    for (let turn = 1; !load.stopped; turn += 1) {
      const answer = await call(turn).catch((error) => error.cause?.code ?? error.message);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      load.count += 1;
    }
  };
  load.ended = Promise.all(Array.from({ length: CALLERS }, caller));
  return load;
}

async function restartInTurn(instances, load) {
  for (let turn = 0; turn < instances.length || load.count < LEAST_REQUESTS; turn += 1) {
    const instance = instances[turn % instances.length];
    const before = load.count;
    await stop(instance.running);
    instance.running = start('main', instance.env);
    await until(instance.running, isReady(instance.env.PORT));
    await delay(BETWEEN_MS);
    console.log(`restarted ${instance.env.PORT} during ${load.count - before} requests`);
  }
}

async function rolling(database, instances, cleanUp) {
  const [port, first, second] = await Promise.all([freePort(), freePort(), freePort()]);
  const origin = `http://127.0.0.1:${port}`;
  const common = {
    ...process.env,
    ...productionSettings(),
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    MANAGEMENT_PORT: '0',
    RATE_LIMIT_DEFAULT: '1000000/60',
    OVERLOAD_EVENT_LOOP_DELAY_MS: '0',
    SHUTDOWN_DELAY_MS: '500',
    LOG_REQUESTS: 'false',
    TRUST_PROXY_HOPS: '1',
    // This nginx speaks plain http, and over that nobody would get further than to https.
    PUBLIC_URL: origin,
  };
  await migrateBuilt(common);
  for (const own of [first, second]) {
    const env = { ...common, PORT: String(own) };
    instances.push({ env, running: start('main', env) });
  }
  await Promise.all(instances.map(({ env, running }) => until(running, isReady(env.PORT))));
  const nginx = startNginx({ 3000: first, 3010: second, 8080: port });
  cleanUp.push(() => nginx.stop());
  const load = callers(origin, await signIn(origin, common));
  await restartInTurn(instances, load).finally(() => (load.stopped = true));
  await load.ended;
  const lost = [...load.answers].filter(([answer]) => answer !== 200);
  console.log(`${load.count} requests, ${lost.length === 0 ? 'none lost' : `lost: ${JSON.stringify(lost)}`}`);
  if (lost.length > 0) console.error(nginx.log());
  return lost.length === 0 ? 0 : 1;
}

async function run() {
  enterProject();
  if (!findNginx()) {
    const skipped = !process.env.CI;
    console.log(
      `${skipped ? 'skipped: there' : 'There'} is no nginx on this machine (apt-get install nginx)`,
    );
    return skipped ? 0 : 1;
  }
  await ensureBuilt(console.log);
  const database = await startPostgres({ ephemeral: true });
  const instances = [];
  const cleanUp = [];
  try {
    return await rolling(database, instances, cleanUp);
  } finally {
    for (const { running } of instances) running.child.kill('SIGKILL');
    for (const clean of cleanUp) await clean();
    await database.stop();
  }
}

process.exitCode = await run();

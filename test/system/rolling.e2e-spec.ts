import request from 'supertest';
import { productionSettings } from '../../scripts/smoke/production.mjs';
import { accessToken, seedPlan } from '../support/app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { findNginx, Nginx } from '../support/nginx';
import { ask } from '../support/postgres-launcher';
import { proof } from '../support/proof';
import { type Serving, serveApi } from '../support/serving';
import { freePorts } from '../support/start-process';

const { size, timeoutMs, record } = proof({ restarts: 1, requests: 100, callers: 4 });
/** One in so many requests writes. */
const WRITES = 5;

// The machine of a developer may lack nginx; CI installs it.
const describeWithNginx = findNginx() ? describe : describe.skip;

describeWithNginx('Two instances behind nginx', () => {
  let database: TestDatabase;
  let nginx: Nginx | undefined;
  let instances: { env: Record<string, string>; serving: Serving }[] = [];

  beforeEach(async () => {
    const { NODE_ENV: _production, ...settings } = productionSettings();
    database = await cloneDatabase('keelson_demo');
    // The demo data's key is sealed with the key of development, which production does not take.
    await ask(database.ownerUrl, 'truncate auth_keys');
    const [port, ...ports] = (await freePorts(3)) as [number, number, number];
    const common = {
      ...settings,
      NODE_ENV: 'production',
      SHUTDOWN_DELAY_MS: '500',
      LOG_REQUESTS: 'false',
      // Production takes no less.
      AUTH_PASSWORD_MEMORY_KIB: '19456',
      AUTH_PASSWORD_PASSES: '2',
      TRUST_PROXY_HOPS: '1',
      // This nginx speaks plain http, and over that every request would be sent on to https.
      PUBLIC_URL: `http://127.0.0.1:${port}`,
    };
    for (const own of ports) {
      const env = { ...common, PORT: String(own) };
      instances.push({ env, serving: await serveApi(database, env) });
    }
    nginx = Nginx.start({ 3000: ports[0]!, 3010: ports[1]!, 8080: port });
  }, timeoutMs);
  afterEach(async () => {
    for (const { serving } of instances) serving.kill();
    await Promise.all(instances.map(({ serving }) => serving.ended));
    instances = [];
    await nginx?.stop();
    await database.drop();
  }, timeoutMs);

  /** Reads and writes until it is told to stop; counts the answers by what they were. */
  function callers(origin: string, token: string) {
    const answers = new Map<number | string, number>();
    const load = { count: 0, stopped: false, answers, ended: Promise.resolve() };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const call = async (turn: number): Promise<number> => {
      const write = { method: 'PATCH', headers, body: JSON.stringify({ name: `Caller ${turn}` }) };
      const response = await fetch(`${origin}/v1/me`, turn % WRITES === 0 ? write : { headers });
      await response.text();
      return response.status;
    };
    const caller = async (): Promise<void> => {
      for (let turn = 1; !load.stopped; turn += 1) {
        const answer = await call(turn).catch((error) => error.cause?.code ?? error.message);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        load.count += 1;
      }
    };
    load.ended = Promise.all(Array.from({ length: size.callers }, caller)).then(() => undefined);
    return load;
  }

  async function restart(instance: (typeof instances)[number]): Promise<void> {
    // nginx leaves an instance alone for a while that refused a connection: until then there is only one.
    await Promise.all(instances.map(({ serving }) => untilAsked(serving)));
    process.kill(instance.serving.pid, 'SIGTERM');
    expect(await instance.serving.ended).toBe(0);
    instance.serving = await serveApi(database, instance.env);
  }

  const untilAsked = ({ managementUrl }: Serving) =>
    eventually(async () => {
      const metrics = await (await fetch(`${managementUrl}/metrics`)).text();
      expect(metrics).toMatch(/^http_request_duration_seconds_count\{.*\/v1\/me.*$/m);
    }, timeoutMs);

  it(
    'answer every request while they are restarted in turn',
    async () => {
      const { PUBLIC_URL: origin = '' } = instances[0]!.env;
      const owner = seedPlan().organizations[0]!.users[0]!;
      await eventually(() => fetch(origin));
      const load = callers(origin, await accessToken(request(origin), owner));
      let restarts = 0;
      try {
        while (restarts < size.restarts || load.count < size.requests) {
          await restart(instances[restarts % instances.length]!);
          restarts += 1;
        }
      } finally {
        load.stopped = true;
        await load.ended;
      }
      const lost = [...load.answers].filter(([answer]) => answer !== 200);
      expect({ lost, nginx: lost.length > 0 ? nginx!.complaints().slice(-2000) : '' }).toEqual({
        lost: [],
        nginx: '',
      });
      record({ restarts, requests: load.count, callers: size.callers, lost: 0 });
    },
    timeoutMs,
  );
});

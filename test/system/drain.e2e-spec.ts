import { once } from 'node:events';
import { Agent, get, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Client } from 'pg';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { type Serving, serveApi } from '../support/serving';

const BUSY = 30;
const AT_REST = 20;
/** When nobody asks for this time, the drain closes what is at rest; a caller that was held up so long finds its connection closed. */
const QUIET_MS = 500;

interface Answer {
  status?: number;
  connection?: string;
  error?: string;
  /** The connection was closed as one at rest, after this machine had held up its caller for so long. */
  heldUp?: boolean;
}

/** One request on a kept connection; tells the failure instead of throwing. */
function ask(agent: Agent, address: string): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = get(address, { agent }, (response) => {
      response
        .resume()
        .once('end', () => resolve({ status: response.statusCode, connection: response.headers.connection }));
      response.once('error', ({ message }) => resolve({ error: message }));
    });
    asked.once('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code }));
  });
}

const keptConnections = (most: number) =>
  new Agent({ keepAlive: true, maxSockets: most, maxFreeSockets: most });

/** Callers that ask again as soon as they have their answer, until `stop` says so. */
async function load(address: string, stop: (last: Answer, caller: number) => boolean): Promise<Answer[]> {
  const answers: Answer[] = [];
  const caller = async (_: unknown, index: number) => {
    // One for each: a shared one might lend a caller the connection of another, which was at rest for longer.
    const agent = keptConnections(1);
    let asked = performance.now();
    for (let last: Answer = {}; !stop(last, index); answers.push(last)) {
      const silent = performance.now() - asked > QUIET_MS;
      asked = performance.now();
      last = await ask(agent, address);
      if (silent && last.error === 'ECONNRESET') last = { error: last.error, heldUp: true };
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: BUSY }, () => 0).map(caller));
  return answers;
}

const statuses = (answers: Answer[]) =>
  new Set(answers.filter(({ heldUp }) => !heldUp).map(({ status, error }) => status ?? error));

describe('A process that is told to stop', () => {
  let database: TestDatabase;
  let owner: Client;
  let serving: Serving;
  beforeEach(async () => {
    database = await cloneDatabase();
    owner = new Client({ connectionString: database.ownerUrl });
    await owner.connect();
  });
  afterEach(async () => {
    serving?.kill();
    await serving?.ended;
    await owner?.end();
    await database?.drop();
  });

  /** A request that stays in flight until the lock on its table is let go. */
  async function slowRequest(): Promise<{
    release(): Promise<unknown>;
    status: Promise<number | undefined>;
  }> {
    await owner.query('begin; lock table users in access exclusive mode');
    const headers = { 'content-type': 'application/json', connection: 'keep-alive' };
    const asked = request(`${serving.url}/v1/auth/login`, { method: 'POST', headers });
    asked.end(JSON.stringify({ email: 'nobody@example.com', password: 'a pass phrase' }));
    const status = once(asked, 'response').then(([{ statusCode }]) => statusCode as number);
    await eventually(async () => {
      const { rows } = await owner.query('select from pg_locks where not granted and database is not null');
      if (rows.length === 0) throw new Error('the request does not wait for the lock');
    });
    return { release: () => owner.query('rollback'), status };
  }

  const untilRefused = () =>
    eventually(async () => expect((await ask(new Agent(), serving.url)).error).toBe('ECONNREFUSED'));

  it('answers every request that reached it, lets go of connections at rest, and ends soon', async () => {
    serving = await serveApi(database, { SHUTDOWN_DELAY_MS: '0' });
    const atRest = keptConnections(AT_REST);
    const rested = await Promise.all(
      Array.from({ length: AT_REST }, () => ask(atRest, `${serving.url}/problems`)),
    );
    expect(statuses(rested)).toEqual(new Set([200]));
    const neverUsed: Socket = connect(serving.port, '127.0.0.1');
    neverUsed.on('error', () => undefined);
    await once(neverUsed, 'connect');
    const slow = await slowRequest();
    const answered = new Set<number>();
    const loading = load(`${serving.url}/problems`, ({ status, error }, caller) => {
      if (status) answered.add(caller);
      return error !== undefined;
    });
    // A connection that the server has not even accepted ends with the listening: here, every one has been served.
    await eventually(() => expect(answered.size).toBe(BUSY));

    process.kill(serving.pid, 'SIGTERM');
    await untilRefused();
    const answers = await loading;
    expect(statuses(answers)).toEqual(new Set([200, 'ECONNREFUSED']));
    const last = answers.filter(({ connection }) => connection === 'close');
    // Each connection ends at an answer that says so, unless it was closed as one at rest.
    if (!answers.some(({ heldUp }) => heldUp)) expect(last).toHaveLength(BUSY);
    await slow.release();
    expect(await slow.status).toBe(401);
    expect(await serving.ended).toBe(0);
    atRest.destroy();
    neverUsed.destroy();
  });

  it('finishes what is in flight however often SIGTERM comes', async () => {
    serving = await serveApi(database, { SHUTDOWN_DELAY_MS: '0' });
    const slow = await slowRequest();
    process.kill(serving.pid, 'SIGTERM');
    await untilRefused();
    process.kill(serving.pid, 'SIGTERM');
    process.kill(serving.pid, 'SIGINT');
    await slow.release();
    expect(await slow.status).toBe(401);
    expect(await serving.ended).toBe(0);
  });

  it('ends at once at a second Ctrl-C, and takes two that come together for one', async () => {
    serving = await serveApi(database, { SHUTDOWN_DELAY_MS: '0' });
    const slow = await slowRequest();
    slow.status.catch(() => undefined);
    for (const _ of [1, 2]) process.kill(serving.pid, 'SIGINT');
    await untilRefused();
    const again = setInterval(() => serving.interrupt(), 100);
    expect(await serving.ended.finally(() => clearInterval(again))).toBe(130);
  });

  it('goes on serving, new connections too, while the balancer takes notice that it is not ready', async () => {
    serving = await serveApi(database, { SHUTDOWN_DELAY_MS: '15000' });
    let noticed = false;
    const loading = load(`${serving.url}/problems`, () => noticed);
    process.kill(serving.pid, 'SIGTERM');
    await eventually(async () => expect((await fetch(`${serving.url}/health/ready`)).status).toBe(503));
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await ask(new Agent(), `${serving.url}/problems`)).toMatchObject({ status: 200 });
    }
    noticed = true;
    expect(statuses(await loading)).toEqual(new Set([200]));
  });
});

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { SeedPlan } from '../../src/core/seeding/seeds';
import { accessToken, startApp, type TestApp } from '../support/app';
import { Dice, hostile } from '../support/hostile';
import { ApiDescription, type Operation } from '../support/openapi';
import { proof } from '../support/proof';

/** So many for each operation of the document: one more operation does not take them from the others. */
const EACH = 30;
const OPERATIONS = Object.values<object>(JSON.parse(readFileSync('openapi.json', 'utf8')).paths).flatMap(
  (path) => Object.keys(path),
).length;
const { size, seed, timeoutMs, record } = proof({ requests: EACH * OPERATIONS }, 20_261_123);
const AT_ONCE = 8;

interface Attack {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
}

type Json = Record<string, unknown>;

describe('Hostile requests', () => {
  let test: TestApp;
  let api: ApiDescription;
  let plan: SeedPlan;
  let ids: string[];
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const dice = new Dice(seed);

  beforeAll(async () => {
    test = await startApp();
    plan = test.plan;
    ids = plan.organizations.flatMap(({ id, users, samples }) => [
      id,
      users[1]!.id,
      ...Object.values(samples),
    ]);
    api = new ApiDescription((await test.http.get('/openapi.json').expect(200)).body);
  });
  afterAll(async () => {
    agent.destroy();
    await test?.close();
  });

  it(
    `get no 5xx, and no answer that the document does not declare (seed ${seed})`,
    async () => {
      // What ends things comes last, so that there is something to attack until then.
      const operations = api
        .operations()
        .toSorted((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
      const each = Math.ceil(size.requests / operations.length);
      const objections: string[] = [];
      const statuses = new Set<number>();
      for (const operation of operations) {
        const authorization = await signedIn();
        const attacks = Array.from({ length: each }, () => attackOn(operation, authorization));
        for (let start = 0; start < attacks.length; start += AT_ONCE) {
          const volley = attacks.slice(start, start + AT_ONCE);
          const answers = await Promise.all(volley.map((attack) => send(attack)));
          for (const [index, { status, type, body }] of answers.entries()) {
            statuses.add(status);
            const objection = status >= 500 ? 'is a 5xx' : api.objection(operation, status, type, body);
            if (objection)
              objections.push(`${described(volley[index]!)} → ${status} ${objection}: ${body.slice(0, 200)}`);
          }
        }
      }
      expect(objections).toEqual([]);
      // Attacks that all bounce off the door would prove nothing.
      expect([...statuses]).toEqual(
        expect.arrayContaining([200, 201, 204, 400, 401, 404, 412, 413, 415, 431]),
      );
      record({ requests: each * operations.length, operations: operations.length });
    },
    timeoutMs,
  );

  async function signedIn(): Promise<string> {
    for (const { users } of plan.organizations) {
      const owner = users[0]!;
      const token = await accessToken(test.http, owner).catch(() => undefined);
      if (token) return `Bearer ${token}`;
    }
    throw new Error('Nobody can sign in any more.');
  }

  function attackOn(operation: Operation, authorization: string): Attack {
    const path = operation.path.replace(/\{\w+\}/g, () =>
      dice.chance(0.5) ? dice.one(ids) : hostile.segment(dice),
    );
    const headers: Record<string, string> = dice.chance(0.95) ? { authorization } : {};
    const taken = operation.parameters
      .filter((parameter) => parameter.in === 'header')
      .map(({ name }) => name);
    const [name, value] = hostile.header(dice, dice.chance(0.5) ? taken : []);
    if (dice.chance(0.3)) headers[name] = value;
    // A version that is never there: an answer that chance alone would give too seldom.
    if (taken.includes('If-Match') && dice.chance(0.4)) headers['if-match'] = '"999999999"';
    const query = dice.chance(0.4) ? `?${queryFor(operation)}` : '';
    const attack = { method: operation.method, path: path + query, headers };
    if (!operation.body) return attack;
    headers['content-type'] = dice.chance(0.12) ? hostile.contentType(dice) : 'application/json';
    return { ...attack, body: dice.chance(0.25) ? hostile.body(dice) : bodyFor(operation.body) };
  }

  function queryFor({ parameters }: Operation): string {
    const declared = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    if (declared.length === 0 || dice.chance(0.3)) return hostile.query(dice);
    const value = dice.chance(0.5) ? hostile.segment(dice) : encodeURIComponent(JSON.parse(`[${text()}]`)[0]);
    return `${encodeURIComponent(dice.one(declared))}=${value}`;
  }

  const text = (): string =>
    JSON.stringify(
      ['1', 'name', 'a,b', 'true', '2026-01-01T00:00:00.000Z', '-name'][Math.floor(dice.next() * 6)],
    );

  /** A body that fits the schema, with none, one or two of its parts replaced by something that does not. */
  function bodyFor(schema: Json): string {
    const parts = new Map(
      Object.entries(
        api.sample(schema, { one: (items) => dice.one(items), id: () => dice.one(ids) }) as Json,
      ).map(([key, value]) => [key, JSON.stringify(value)]),
    );
    const keys = [...parts.keys()];
    for (let left = dice.one([0, 1, 1, 1, 2]); left > 0 && keys.length > 0; left -= 1) {
      parts.set(dice.one(keys), hostile.value(dice));
    }
    if (dice.chance(0.1))
      parts.set(dice.one(['__proto__', 'constructor', 'id', 'tenantId', '']), hostile.value(dice));
    const entries = [...parts].map(([key, value]) => `${JSON.stringify(key)}:${value}`);
    if (dice.chance(0.1)) entries.push(...entries);
    return `{${entries.join(',')}}`;
  }

  function send({
    method,
    path,
    headers,
    body,
  }: Attack): Promise<{ status: number; type?: string; body: string }> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const sent = request(test.url + path, {
        method,
        agent,
        headers: { ...headers, ...length },
        timeout: 60_000,
      });
      sent.once('response', (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const type = response.headers['content-type'];
          const bytes = Buffer.concat(chunks);
          const plain = response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
          resolve({ status: response.statusCode!, type, body: plain.toString() });
        });
      });
      sent.once('timeout', () => sent.destroy(new Error(`${method} ${path} was not answered in time`)));
      sent.once('error', reject);
      sent.end(body);
    });
  }

  const described = ({
    method,
    path,
    headers: { authorization: _token, ...headers },
    body,
  }: Attack): string =>
    `${method} ${path.slice(0, 200)} ${JSON.stringify(headers).slice(0, 200)} ${body?.toString().slice(0, 200) ?? ''}`;
});

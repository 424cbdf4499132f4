import { PassThrough } from 'node:stream';
import { Controller, Get, Module } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { Public } from '../../src/core/auth/access';
import { CoreModule } from '../../src/core/core.module';
import { JsonLogger } from '../../src/core/observability/logger';
import { Management } from '../../src/core/observability/management';
import { startApp, type TestApp } from '../support/app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { type Serving, serveApi } from '../support/serving';

@Public()
@Controller('shelves')
class ShelvesController {
  constructor(private readonly dataSource: DataSource) {}

  @Get(':id')
  async get() {
    await this.dataSource.query('select pg_sleep(0.03)');
    return { ok: true };
  }
}

@Module({ imports: [CoreModule], controllers: [ShelvesController] })
class ShelvesModule {}

describe('Metrics', () => {
  let service: TestApp;
  let management: string;
  beforeAll(async () => {
    service = await startApp(
      { DATABASE_SLOW_QUERY_MS: '20', RATE_LIMIT_DEFAULT: '3/3600', OVERLOAD_IN_FLIGHT: '1000' },
      ShelvesModule,
    );
    management = await service.app.get(Management).listen('api');
  });
  afterAll(() => service?.close());

  const metrics = async () => (await fetch(`${management}/metrics`)).text();

  it('count each route once, however many addresses it has, with the duration and kind of its answers', async () => {
    for (const id of ['one', 'two', 'three', 'four']) await service.http.get(`/shelves/${id}`);
    await service.http.get('/nowhere/at-all');
    await eventually(async () => {
      const text = await metrics();
      const route = 'method="GET",route="/shelves/:id"';
      expect(text).toContain(`http_request_duration_seconds_count{${route},status="2xx"} 3`);
      expect(text).toContain(`http_request_duration_seconds_count{${route},status="4xx"} 1`);
      expect(text).toContain('http_request_duration_seconds_bucket{le="0.01",' + route + ',status="2xx"} 0');
      expect(text).toContain(
        'http_request_duration_seconds_count{method="GET",route="unmatched",status="4xx"} 1',
      );
      expect(text).not.toContain('three');
      expect(text).not.toContain('at-all');
    });
  });

  it('tell what was turned away, the pool, the statements, the process and the build', async () => {
    const text = await metrics();
    expect(text).toContain('http_requests_rate_limited_total{class="default"} 1');
    expect(text).toContain('http_requests_in_flight 0');
    expect(text).toMatch(/db_pool_connections\{pool="primary",state="open"\} [1-9]/);
    expect(text).toMatch(/db_pool_connections\{pool="primary",state="waiting"\} 0/);
    expect(text).toMatch(/db_slow_statements_total ([3-9]|\d\d)/);
    expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
    expect(text).toMatch(/process_resident_memory_bytes \d/);
    expect(text).toMatch(/build_info\{version="\d+\.\d+\.\d+",node="v\d+/);
  });

  it('are never shown on the public port', async () => {
    await service.http.get('/metrics').expect(404);
  });
});

describe('A log line', () => {
  it('keeps secrets to itself, wherever in the logged object they stand', () => {
    const output = new PassThrough();
    const logger = new JsonLogger('info', output);
    const secret = 'hunter2-hunter2';
    logger.log({ password: secret, user: { email: secret, name: 'Ada' }, a: { b: { accessToken: secret } } });
    logger.error({ headers: { authorization: secret, cookie: secret } });
    const text = String(output.read());
    expect(text).not.toContain(secret);
    expect(text).toContain('"name":"Ada"');
    expect(text.match(/\[redacted\]/g)).toHaveLength(5);
  });
});

describe('The line of a finished request', () => {
  let database: TestDatabase;
  let serving: Serving;
  beforeAll(async () => {
    database = await cloneDatabase();
    serving = await serveApi(database, { LOG_LEVEL: 'info' });
  });
  afterAll(async () => {
    serving?.kill();
    await serving.ended;
    await database?.drop();
  });

  const lines = (): Array<Record<string, unknown>> =>
    serving
      .output()
      .split('\n')
      .filter((line) => line.includes('"statements"'))
      .map((line) => JSON.parse(line));

  it('has the route and ids of the request, and nothing that the caller sent', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await fetch(`${serving.url}/v1/auth/login?secret=in-the-query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'line-of-test-1', traceparent },
      body: JSON.stringify({ email: 'nobody@example.com', password: 'in-the-body' }),
    });
    await fetch(`${serving.url}/not/here/in-the-path`, { headers: { 'x-request-id': 'line-of-test-2' } });
    const byId = (id: string) => lines().filter(({ requestId }) => requestId === id);
    await eventually(() => expect(byId('line-of-test-2')).toHaveLength(1));
    expect(byId('line-of-test-1')).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        method: 'POST',
        route: '/v1/auth/login',
        status: 401,
        ms: expect.any(Number),
        statements: expect.any(Number),
        requestId: 'line-of-test-1',
        traceparent,
      },
    ]);
    expect(byId('line-of-test-2')[0]).toMatchObject({ route: 'unmatched', status: 404 });
    expect(serving.output()).not.toMatch(/in-the-(query|body|path)|nobody@example/);
  });

  it('says 499 when the caller left before the answer', async () => {
    const owner = new Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await owner.query('begin; lock table users in access exclusive mode');
    const abort = new AbortController();
    const headers = { 'content-type': 'application/json', 'x-request-id': 'line-of-test-3' };
    const body = JSON.stringify({ email: 'nobody@example.com', password: 'a pass phrase' });
    const asked = fetch(`${serving.url}/v1/auth/login`, {
      method: 'POST',
      headers,
      body,
      signal: abort.signal,
    });
    const left = asked.catch((error: Error) => error.name);
    await eventually(async () => {
      const text = await (await fetch(`${serving.managementUrl}/metrics`)).text();
      expect(text).toContain('http_requests_in_flight 1');
    });
    abort.abort();
    expect(await left).toBe('AbortError');
    await owner.end();
    await eventually(() => {
      const [line] = lines().filter(({ requestId }) => requestId === 'line-of-test-3');
      expect(line).toMatchObject({ status: 499 });
    });
  });
});

import { Module } from '@nestjs/common';
import { Client } from 'pg';
import { Authentication } from '../../src/core/auth/authentication';
import { Permissions } from '../../src/core/auth/permissions';
import { CoreModule } from '../../src/core/core.module';
import { Health } from '../../src/core/health/health';
import { Drain } from '../../src/core/http/drain';
import { Management } from '../../src/core/observability/management';
import { HealthModule } from '../../src/modules/health/health.module';
import { version } from '../../package.json';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

@Module({ imports: [CoreModule, HealthModule] })
class HealthyModule {}

/** The bearer credential names the role; this is the port's own way to be given an authenticator. */
async function start(env: Record<string, string> = {}): Promise<TestApp> {
  const service = await startApp({ REDIS_URL: '', ...env }, HealthyModule);
  service.app.get(Authentication).use({
    authenticate: (role) => ({
      kind: 'user',
      userId: '01900000-0000-7000-8000-000000000001',
      sessionId: '01900000-0000-7000-8000-000000000002',
      tenantId: '01900000-0000-7000-8000-000000000003',
      role,
      permissions: service.app.get(Permissions).of(role),
      authenticatedAt: Date.now(),
      showedSecondFactor: false,
      lacksSecondFactor: false,
    }),
    forget: () => undefined,
  });
  return service;
}

describe('Health', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await start({ REVISION: 'sha256:abc' });
  });
  afterAll(() => service?.close());

  it.each(['live', 'ready', 'startup'])('tells anyone that it is %s, and nothing else', async (probe) => {
    const { body, headers } = await eventually(() => service.http.get(`/health/${probe}`).expect(200));
    expect(body).toEqual({ status: 'ok' });
    expect(headers['cache-control']).toBe('no-store');
  });

  it('shows what it relies on to administrators only', async () => {
    await service.http.get('/health').expect(401);
    for (const role of ['viewer', 'editor']) {
      await service.http.get('/health').set('authorization', `Bearer ${role}`).expect(403);
    }
    for (const role of ['admin', 'owner'])
      await eventually(async () => {
        const { body } = await service.http.get('/health').set('authorization', `Bearer ${role}`).expect(200);
        expect(body).toMatchObject({
          status: 'ok',
          drivers: { database: 'PostgreSQL', limits: 'in process' },
        });
        expect(body.checks).toEqual(
          expect.arrayContaining([
            { name: 'database', critical: true, status: 'up', durationMs: expect.any(Number) },
            { name: 'migrations', critical: true, status: 'up', durationMs: expect.any(Number) },
          ]),
        );
      });
  });

  it('tells version and revision to any signed-in user, and to no stranger', async () => {
    await service.http.get('/health/version').expect(401);
    const { body } = await service.http
      .get('/health/version')
      .set('authorization', 'Bearer viewer')
      .expect(200);
    expect(body).toEqual({ version, revision: 'sha256:abc' });
  });

  it('shows the same on the management port without a token', async () => {
    const address = await service.app.get(Management).listen('api');
    await eventually(async () => {
      const response = await fetch(`${address}/health`);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        status: 'ok',
        drivers: { jobs: 'BullMQ on PostgreSQL' },
      });
    });
  });

  it('asks what it relies on once a second, however many ask', async () => {
    let asked = 0;
    service.app.get(Health).add({
      name: 'counted',
      critical: true,
      run: async () => void (asked += 1),
    });
    const begun = performance.now();
    await Promise.all(Array.from({ length: 50 }, () => service.http.get('/health/ready')));
    const seconds = Math.floor((performance.now() - begun) / 1000);
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(1 + seconds);
  });
});

describe('Health when something is wrong', () => {
  let service: TestApp;
  beforeEach(async () => {
    service = await start();
  });
  afterEach(() => service?.close());

  const failing = (critical: boolean) => ({
    name: 'cellar',
    critical,
    run: () => Promise.reject(new Error('cellar.internal is flooded')),
  });
  const report = () => service.http.get('/health').set('authorization', 'Bearer admin').expect(200);

  it('is not ready without something critical, still lives, and tells the reason to administrators', async () => {
    service.app.get(Health).add(failing(true));
    const { body, headers } = await service.http.get('/health/ready').expect(503);
    expect(body).toMatchObject({ code: 'not_ready', status: 503 });
    expect(JSON.stringify(body)).not.toContain('cellar');
    expect(headers['retry-after']).toBe('2');
    await service.http.get('/health/startup').expect(503);
    await service.http.get('/health/live').expect(200);
    const shown = (await report()).body;
    expect(shown.status).toBe('down');
    expect(shown.checks).toContainEqual(
      expect.objectContaining({ name: 'cellar', status: 'down', detail: 'cellar.internal is flooded' }),
    );
  });

  it('stays ready without something that it can do without', async () => {
    service.app.get(Health).add(failing(false));
    await eventually(() => service.http.get('/health/ready').expect(200));
    await eventually(async () => expect((await report()).body.status).toBe('degraded'));
  });

  it('gives up a check that does not come to an end after a second', async () => {
    service.app.get(Health).add({ name: 'stuck', critical: true, run: () => new Promise(() => undefined) });
    await service.http.get('/health/ready').expect(503);
    const { body } = await report();
    expect(body.checks.find(({ name }: { name: string }) => name === 'stuck').status).toBe('down');
  });

  it('has started once it was ready once', async () => {
    await eventually(() => service.http.get('/health/startup').expect(200));
    service.app.get(Health).add(failing(true));
    await service.http.get('/health/ready').expect(503);
    await service.http.get('/health/startup').expect(200);
  });

  it('is not ready from the moment it drains, although it answers', async () => {
    await eventually(() => service.http.get('/health/ready').expect(200));
    service.app.get(Drain).begun = true;
    await service.http.get('/health/ready').expect(503);
    await service.http.get('/health/live').expect(200);
    expect((await report()).body.status).toBe('draining');
  });

  it('is not ready before every migration of this build has run', async () => {
    const owner = new Client({ connectionString: service.database.ownerUrl });
    await owner.connect();
    const newest = `delete from migrations where id = (select max(id) from migrations)`;
    await owner.query(newest);
    await owner.end();
    await service.http.get('/health/ready').expect(503);
    const { checks } = (await report()).body;
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'migrations',
        status: 'down',
        detail: expect.stringMatching(/^not migrated: \d+-/),
      }),
    );
  });

  it('tells administrators that no worker takes what waits to be done', async () => {
    const peer = new Client({ connectionString: service.database.url });
    await peer.connect();
    await peer.query(`insert into outbox (subject, payload, headers, priority, available_at)
      values ('nobody.listens', '{}', '{}', 0, now() - interval '90 seconds')`);
    await peer.end();
    await eventually(async () => {
      const { status, checks } = (await report()).body;
      expect(status).toBe('degraded');
      expect(checks).toContainEqual(
        expect.objectContaining({ name: 'jobs', status: 'down', detail: expect.stringContaining('waited') }),
      );
    });
  });

  it('is not ready while the database is away, and again when it is back', async () => {
    const name = new URL(service.database.url).pathname.slice(1);
    const elsewhere = Object.assign(new URL(service.database.ownerUrl), { pathname: '/postgres' });
    const owner = new Client({ connectionString: elsewhere.href });
    const peer = new Client({ connectionString: service.database.url });
    await Promise.all([owner.connect(), peer.connect()]);
    await owner.query(`alter database ${name} allow_connections false`);
    await peer.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    await eventually(() => service.http.get('/health/ready').expect(503));
    await service.http.get('/health/live').expect(200);
    await owner.query(`alter database ${name} allow_connections true`);
    await Promise.all([owner.end(), peer.end()]);
    await eventually(() => service.http.get('/health/ready').expect(200));
  });
});

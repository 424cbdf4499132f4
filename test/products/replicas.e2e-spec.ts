import type { SeedOrganization } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';
import { cloneDatabase, type TestDatabase } from '../support/database';

/** The replica here is a database that never follows: as far behind as a replica can be. */
describe('with a read replica that lags', () => {
  let test: TestApp;
  let replica: TestDatabase;
  let editor: { authorization: string };
  let viewer: { authorization: string };

  beforeAll(async () => {
    replica = await cloneDatabase();
    test = await startApp({ DATABASE_REPLICA_URLS: replica.url, DATABASE_REPLICA_PIN_MS: '600000' });
    const [own] = test.plan.organizations as [SeedOrganization];
    editor = await test.signIn(own, 'editor');
    viewer = await test.signIn(own, 'viewer');
  });
  afterAll(async () => {
    await test?.close();
    await replica?.drop();
    delete process.env.DATABASE_REPLICA_URLS;
  });

  it('reads from the replica for a caller who has not written', async () => {
    const { body } = await test.http.get('/v1/products').set(viewer).expect(200);
    expect(body.items).toEqual([]);
  });

  it('reads from the primary for a caller who has just written, and only for them', async () => {
    const input = { name: 'Fresh', priceMinor: 1, currency: 'EUR' };
    const created = await test.http.post('/v1/products').set(editor).send(input).expect(201);
    const path = created.headers.location!;
    expect((await test.http.get(path).set(editor).expect(200)).body.name).toBe('Fresh');
    await test.http.get(path).set(viewer).expect(404);
  });

  it('writes to the primary, and changes what it finds there', async () => {
    const input = { name: 'Changed', priceMinor: 1, currency: 'EUR' };
    const created = await test.http.post('/v1/products').set(editor).send(input).expect(201);
    await test.http.patch(created.headers.location!).set(editor).send({ stock: 2 }).expect(200);
  });
});

import { Client } from 'pg';
import type { SeedOrganization } from '../src/core/seeding/seeds';
import { startApp, type TestApp } from './support/app';
import { eventually } from './support/eventually';

const INPUT = { name: 'Signal lamp', priceMinor: 12_900, currency: 'EUR' };

type Caller = { readonly authorization: string };

describe('what becomes of a product depends on whose it is and in what state', () => {
  let test: TestApp;
  let own: SeedOrganization;
  let admin: Caller;
  let editor: Caller;
  let stranger: Caller;

  beforeAll(async () => {
    test = await startApp();
    const { organizations } = await test.seed();
    const [foreign] = organizations.slice(1) as [SeedOrganization];
    own = organizations[0]!;
    admin = await test.signIn(own, 'admin');
    editor = await test.signIn(own, 'editor');
    stranger = await test.signIn(foreign, 'owner');
  });
  afterAll(() => test.close());

  const create = async (author: Caller, input: object = {}): Promise<string> => {
    const request = test.http.post('/v1/products').set(author);
    return (await request.send({ ...INPUT, ...input }).expect(201)).body.id;
  };
  const change = (author: Caller, id: string, changes: object) =>
    test.http.patch(`/v1/products/${id}`).set(author).send(changes);
  const remove = (author: Caller, id: string) => test.http.delete(`/v1/products/${id}`).set(author);

  it('shows who created it, which no input can choose', async () => {
    const id = await create(editor);
    const creator = own.users.find(({ role }) => role === 'editor')!.id;
    const { body } = await test.http.get(`/v1/products/${id}`).set(admin).expect(200);
    expect(body.createdBy).toBe(creator);
    for (const request of [
      test.http
        .post('/v1/products')
        .set(editor)
        .send({ ...INPUT, createdBy: creator }),
      change(admin, id, { stock: 1, createdBy: creator }),
    ]) {
      expect((await request.expect(400)).body.errors).toMatchObject([{ pointer: '/createdBy' }]);
    }
  });

  it('lets an editor remove what the editor created, and nothing else', async () => {
    await remove(editor, await create(editor)).expect(204);
    const other = await create(admin);
    const refused = await remove(editor, other).expect(403);
    expect(refused.body).toMatchObject({
      code: 'product_of_another',
      title: expect.stringContaining('else'),
    });
    await change(editor, other, { stock: 3 }).expect(200);
    await remove(admin, other).expect(204);
    await remove(admin, await create(editor)).expect(204);
  });

  it('keeps an archived product as it is, but for those who manage the catalogue', async () => {
    const id = await create(editor);
    await change(editor, id, { status: 'archived' }).expect(200);
    for (const request of [change(editor, id, { status: 'active' }), remove(editor, id)]) {
      expect((await request.expect(403)).body.code).toBe('product_archived');
    }
    await change(admin, id, { status: 'active' }).expect(200);
    await change(editor, id, { stock: 1 }).expect(200);
  });

  it('asks the same of every operation of a batch, and lets the others through', async () => {
    const archived = await create(editor, { status: 'archived' });
    const other = await create(admin);
    const mine = await create(editor);
    const operations = [
      { op: 'update', id: archived, data: { stock: 1 } },
      { op: 'remove', id: other },
      { op: 'update', id: other, data: { stock: 2 } },
      { op: 'remove', id: mine },
    ];
    const { body } = await test.http.post('/v1/products/batch').set(editor).send({ operations }).expect(200);
    const seen = body.results.map(({ status, problem }: { status: number; problem?: { code: string } }) => [
      status,
      problem?.code,
    ]);
    expect(seen).toEqual([
      [403, 'product_archived'],
      [403, 'product_of_another'],
      [200, undefined],
      [204, undefined],
    ]);
  });

  it('does not tell another organization that there is something to refuse', async () => {
    const id = await create(editor, { status: 'archived' });
    expect((await change(stranger, id, { stock: 1 }).expect(404)).body.code).toBe('product_not_found');
    expect((await remove(stranger, id).expect(404)).body.code).toBe('product_not_found');
  });

  it('is asked of the row as it is when its turn comes, not as it was when the request came', async () => {
    const id = await create(editor);
    const client = new Client({ connectionString: test.database.ownerUrl });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true)`, [own.id]);
      await client.query(`update products set status = 'archived' where id = $1`, [id]);
      const answer = change(editor, id, { stock: 7 }).then((response) => response);
      await eventually(async () => {
        const { rows } = await client.query(
          'select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
        );
        expect(rows.length).toBeGreaterThan(0);
      });
      await client.query('commit');
      expect((await answer).body).toMatchObject({ status: 403, code: 'product_archived' });
    } finally {
      await client.end();
    }
  });
});

import { DataSource } from 'typeorm';
import { startApp, type TestApp } from './support/app';
import type { SeedOrganization } from '../src/core/seeding/seeds';

const INPUT = { name: 'Signal lamp', priceMinor: 12_900, currency: 'EUR' };
const NOWHERE = '01920000-0000-7000-8000-000000000000';

describe('products', () => {
  let test: TestApp;
  let own: SeedOrganization;
  let foreign: SeedOrganization;
  let editor: { authorization: string };
  let viewer: { authorization: string };
  let stranger: { authorization: string };

  beforeAll(async () => {
    test = await startApp();
    [own, foreign] = (await test.seed()).organizations as [SeedOrganization, SeedOrganization];
    editor = await test.signIn(own, 'editor');
    viewer = await test.signIn(own, 'viewer');
    stranger = await test.signIn(foreign, 'owner');
  });
  afterAll(() => test.close());

  const create = async (input: object = {}) => {
    const { body } = await test.http
      .post('/v1/products')
      .set(editor)
      .send({ ...INPUT, ...input })
      .expect(201);
    return body as { id: string };
  };
  const list = async (query: string) =>
    (await test.http.get(`/v1/products?${query}`).set(viewer).expect(200)).body;
  const names = (page: { items: { name: string }[] }) => page.items.map(({ name }) => name);

  describe('creating', () => {
    it('answers 201 with the product, its address and its tag', async () => {
      const response = await test.http.post('/v1/products').set(editor).send(INPUT).expect(201);
      expect(response.body).toEqual({
        ...INPUT,
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        description: '',
        stock: 0,
        status: 'draft',
        tags: [],
        createdBy: own.users.find(({ role }) => role === 'editor')!.id,
        createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        updatedAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      });
      expect(response.headers).toMatchObject({ etag: '"1"', location: `/v1/products/${response.body.id}` });
      const read = await test.http.get(response.headers.location!).set(viewer).expect(200);
      expect(read.body).toEqual(response.body);
    });

    it('is refused to a viewer, to a caller without a token and to a member of no organization', async () => {
      const denied = await test.http.post('/v1/products').set(viewer).send(INPUT).expect(403);
      expect(denied.body).toMatchObject({ code: 'permission_denied', permission: 'products:write' });
      await test.http.post('/v1/products').send(INPUT).expect(401);
    });

    it('names every part of a bad input and stores nothing', async () => {
      const before = await list('count=true&limit=1');
      const response = await test.http
        .post('/v1/products')
        .set(editor)
        .send({ name: ' ', priceMinor: -1, currency: 'euro', colour: 'red', tags: ['a\u0000b'] })
        .expect(400);
      expect(response.body.code).toBe('validation_failed');
      expect(response.body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual([
        '/colour',
        '/currency',
        '/name',
        '/priceMinor',
        '/tags/0',
      ]);
      expect((await list('count=true&limit=1')).total).toBe(before.total);
    });

    it('refuses broken JSON with 400, another content type with 415 and a large body with 413', async () => {
      const post = () => test.http.post('/v1/products').set(editor);
      await post().set('content-type', 'application/json').send('{"name":').expect(400);
      await post().set('content-type', 'text/xml').send('<product/>').expect(415);
      const large = await post().send({ ...INPUT, description: 'x'.repeat(2_000_000) });
      expect(large.status).toBe(413);
    });

    it('publishes product.created in the same transaction', async () => {
      const { id } = await create();
      const rows = await test.app
        .get(DataSource)
        .query(`select subject, payload from outbox where payload ->> 'productId' = $1`, [id]);
      expect(rows).toEqual([{ subject: 'event:product.created.v1', payload: { ...INPUT, productId: id } }]);
    });
  });

  describe('under an Idempotency-Key', () => {
    const withKey = (key: string, input: object = INPUT) =>
      test.http.post('/v1/products').set(editor).set('idempotency-key', key).send(input);

    it('replays the first answer to the same request', async () => {
      const first = await withKey('replay-me-1').expect(201);
      const again = await withKey('replay-me-1').expect(201);
      expect(again.body).toEqual(first.body);
      expect(again.headers).toMatchObject({
        'idempotency-replayed': 'true',
        location: first.headers.location,
        etag: first.headers.etag,
      });
    });

    it('refuses the key for another request with 422', async () => {
      await withKey('reused-key-1').expect(201);
      const response = await withKey('reused-key-1', { ...INPUT, name: 'Other' }).expect(422);
      expect(response.body.code).toBe('idempotency_key_reused');
    });

    it('may be tried again after a refusal', async () => {
      await withKey('retry-me-1', { ...INPUT, currency: 'nope' }).expect(400);
      await withKey('retry-me-1').expect(201);
    });

    it('makes one product out of fifty parallel requests', async () => {
      const name = 'Once only';
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => withKey('fifty-at-once', { ...INPUT, name })),
      );
      const statuses = new Set(answers.map(({ status }) => status));
      expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true);
      expect((await list(`filter[name]=${encodeURIComponent(name)}`)).items).toHaveLength(1);
      const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body.id);
      expect(new Set(ids).size).toBe(1);
    });

    it('belongs to its caller: another organization may use the same key', async () => {
      const mine = await withKey('shared-key-1').expect(201);
      const theirs = await test.http
        .post('/v1/products')
        .set(stranger)
        .set('idempotency-key', 'shared-key-1')
        .send(INPUT)
        .expect(201);
      expect(theirs.body.id).not.toBe(mine.body.id);
    });
  });

  describe('reading one', () => {
    it('answers 404 for an unknown id and for a product of another organization', async () => {
      const { id } = await create();
      const unknown = await test.http.get(`/v1/products/${NOWHERE}`).set(viewer).expect(404);
      const hidden = await test.http.get(`/v1/products/${id}`).set(stranger).expect(404);
      expect(hidden.body.code).toBe('product_not_found');
      expect(unknown.body.code).toBe(hidden.body.code);
    });

    it('answers 304 while its tag is known, and the product after a change', async () => {
      const { id } = await create();
      const { headers } = await test.http.get(`/v1/products/${id}`).set(viewer).expect(200);
      const known = { 'if-none-match': headers.etag! };
      const unchanged = await test.http.get(`/v1/products/${id}`).set(viewer).set(known).expect(304);
      expect(unchanged.text).toBe('');
      await test.http.patch(`/v1/products/${id}`).set(editor).send({ stock: 3 }).expect(200);
      const changed = await test.http.get(`/v1/products/${id}`).set(viewer).set(known).expect(200);
      expect(changed.headers.etag).not.toBe(headers.etag);
    });

    it('answers chosen fields, and its organization when asked', async () => {
      const { id } = await create();
      const some = await test.http.get(`/v1/products/${id}?fields=id,name`).set(viewer).expect(200);
      expect(some.body).toEqual({ id, name: INPUT.name });
      const more = await test.http.get(`/v1/products/${id}?expand=organization`).set(viewer).expect(200);
      expect(more.body.organization).toEqual({ id: own.id, name: expect.any(String) });
    });

    it('names the offender when a field, an expansion or the id is not known', async () => {
      const refused = async (path: string) => {
        const { body } = await test.http.get(`/v1/products/${path}`).set(viewer).expect(400);
        return body.errors.map(({ pointer }: { pointer: string }) => pointer);
      };
      expect(await refused(`${NOWHERE}?fields=id,secret`)).toEqual(['query.fields.1']);
      expect(await refused(`${NOWHERE}?expand=owner`)).toEqual(['query.expand.0']);
      expect(await refused('not-an-id')).toEqual(['path.id']);
    });
  });

  describe('changing', () => {
    it('answers the changed product with its next tag', async () => {
      const { id } = await create();
      const response = await test.http
        .patch(`/v1/products/${id}`)
        .set(editor)
        .send({ priceMinor: 1 })
        .expect(200);
      expect(response.body).toMatchObject({ id, priceMinor: 1, name: INPUT.name });
      expect(response.headers.etag).toBe('"2"');
    });

    it('answers 412 and changes nothing when If-Match names an older version', async () => {
      const { id } = await create();
      await test.http
        .patch(`/v1/products/${id}`)
        .set(editor)
        .set('if-match', '"1"')
        .send({ stock: 1 })
        .expect(200);
      const late = await test.http
        .patch(`/v1/products/${id}`)
        .set(editor)
        .set('if-match', '"1"')
        .send({ stock: 2 });
      expect(late.status).toBe(412);
      expect(late.body.code).toBe('precondition_failed');
      expect((await test.http.get(`/v1/products/${id}`).set(viewer)).body.stock).toBe(1);
    });

    it('lets one of ten parallel changes of the same version win', async () => {
      const { id } = await create();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          test.http
            .patch(`/v1/products/${id}`)
            .set(editor)
            .set('if-match', '"1"')
            .send({ stock: index + 1 }),
        ),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(412)]);
    });

    it('is out of reach for viewers and for other organizations', async () => {
      const { id } = await create();
      await test.http.patch(`/v1/products/${id}`).set(viewer).send({ stock: 1 }).expect(403);
      await test.http.patch(`/v1/products/${id}`).set(stranger).send({ stock: 1 }).expect(404);
      await test.http.delete(`/v1/products/${id}`).set(viewer).expect(403);
      await test.http.delete(`/v1/products/${id}`).set(stranger).expect(404);
      await test.http.get(`/v1/products/${id}`).set(viewer).expect(200);
    });

    it('refuses a change that changes nothing', async () => {
      const { id } = await create();
      await test.http.patch(`/v1/products/${id}`).set(editor).send({}).expect(400);
    });
  });

  it('removes a product once', async () => {
    const { id } = await create();
    await test.http.delete(`/v1/products/${id}`).set(editor).set('if-match', '"7"').expect(412);
    await test.http.delete(`/v1/products/${id}`).set(editor).expect(204);
    await test.http.delete(`/v1/products/${id}`).set(editor).expect(404);
  });

  it('answers 405 with Allow to a method the address does not have', async () => {
    const response = await test.http.put('/v1/products').set(editor).send({}).expect(405);
    expect(response.headers.allow).toBe('GET, HEAD, POST');
    expect(response.body.code).toBe('method_not_allowed');
  });

  describe('listing', () => {
    it('shows only the products of the active organization, newest first', async () => {
      const { id } = await create({ name: 'Mine alone' });
      const mine = await list('limit=5');
      expect(mine.items[0].id).toBe(id);
      const theirs = await test.http.get('/v1/products?limit=100').set(stranger).expect(200);
      expect(theirs.body.items.map((item: { id: string }) => item.id)).not.toContain(id);
    });

    it.each(['', '&sort=name', '&sort=-priceMinor,name', '&sort=priceMinor,-createdAt'])(
      'pages through everything once, without gaps, also while rows are added%s',
      async (sort) => {
        const seen: string[] = [];
        const { total } = await list('limit=1&count=true&filter[createdAt][lt]=2026-03-01T00:00:00.000Z');
        let cursor: string | null = '';
        while (cursor !== null) {
          const after: string = cursor ? `&cursor=${cursor}` : '';
          const page = await list(`limit=37&filter[createdAt][lt]=2026-03-01T00:00:00.000Z${sort}${after}`);
          seen.push(...page.items.map((item: { id: string }) => item.id));
          cursor = page.nextCursor;
          await create({ name: 'Added meanwhile' });
        }
        expect(seen).toHaveLength(total);
        expect(new Set(seen).size).toBe(total);
      },
    );

    it('links to the next page', async () => {
      const response = await test.http.get('/v1/products?limit=2&sort=name').set(viewer).expect(200);
      const next = /^<(.*)>; rel="next"$/.exec(response.headers.link!)![1]!;
      const second = await test.http.get(next).set(viewer).expect(200);
      const both = await list('limit=4&sort=name');
      expect([...response.body.items, ...second.body.items]).toEqual(both.items);
    });

    it('filters by what it allows', async () => {
      await create({ name: 'Rare 100%_sure thing', priceMinor: 77, status: 'archived', tags: ['rare'] });
      expect(names(await list('filter[tags]=rare'))).toContain('Rare 100%_sure thing');
      expect(names(await list('filter[name][like]=100%25_SURE'))).toEqual(['Rare 100%_sure thing']);
      expect(names(await list('filter[name][like]=100__SURE'))).toEqual([]);
      expect(names(await list('filter[priceMinor]=77'))).toEqual(['Rare 100%_sure thing']);
      const cheap = await list('filter[priceMinor][lte]=1000&filter[status][in]=active,archived&limit=100');
      expect(cheap.items.length).toBeGreaterThan(1);
      for (const item of cheap.items) {
        expect(item.priceMinor).toBeLessThanOrEqual(1000);
        expect(['active', 'archived']).toContain(item.status);
      }
    });

    it.each([
      ['limit=0', 'query.limit'],
      ['limit=101', 'query.limit'],
      ['limit=1&limit=2', 'query.limit'],
      ['cursor=bm9wZQ', 'query.cursor'],
      ['cursor=%00', 'query.cursor'],
      ['sort=secret', 'query.sort.0'],
      ['sort=name,name', 'query.sort'],
      ['fields=tenantId', 'query.fields.0'],
      ['filter[tenantId]=x', 'query.filter[tenantId]'],
      ['filter[status]=sold', 'query.filter[status]'],
      ['filter[priceMinor][gte]=99999999999', 'query.filter[priceMinor][gte]'],
      ['filter[priceMinor][gte]=', 'query.filter[priceMinor][gte]'],
      ['filter[createdAt][gte]=0000-01-01T00:00:00Z', 'query.filter[createdAt][gte]'],
      ['filter[name][like]=%00', 'query.filter[name][like]'],
      ['__proto__=1', 'query.__proto__'],
      ['page=2', 'query.page'],
    ])('refuses ?%s and names it', async (query, pointer) => {
      const { body } = await test.http.get(`/v1/products?${query}`).set(viewer).expect(400);
      expect(body.errors[0].pointer).toBe(pointer);
    });

    it('does not take a cursor of another sort', async () => {
      const { nextCursor } = await list('limit=1&sort=name');
      await test.http.get(`/v1/products?limit=1&cursor=${nextCursor}`).set(viewer).expect(400);
    });

    it('skips by offset, but not together with a cursor', async () => {
      const [first, second] = (await list('limit=2&sort=name')).items;
      expect((await list('limit=1&sort=name&offset=1')).items[0]).toEqual(second);
      expect(first).not.toEqual(second);
      const { nextCursor } = await list('limit=1&sort=name');
      await test.http.get(`/v1/products?sort=name&offset=1&cursor=${nextCursor}`).set(viewer).expect(400);
    });

    it('answers chosen fields and the organization of every item, in two statements at the most', async () => {
      const page = await list('fields=id,name&expand=organization&limit=3');
      for (const item of page.items)
        expect(Object.keys(item).toSorted()).toEqual(['id', 'name', 'organization']);
    });
  });

  describe('in a batch', () => {
    it('answers a result for each operation, and one failure does not undo the others', async () => {
      const { id } = await create();
      const response = await test.http
        .post('/v1/products/batch')
        .set(editor)
        .send({
          operations: [
            { op: 'create', data: INPUT },
            { op: 'update', id, version: 1, data: { stock: 9 } },
            { op: 'update', id, version: 1, data: { stock: 10 } },
            { op: 'remove', id: NOWHERE },
            { op: 'remove', id },
          ],
        })
        .expect(200);
      const results = response.body.results as { status: number; problem?: { code: string } }[];
      expect(results.map(({ status }) => status)).toEqual([201, 200, 412, 404, 204]);
      expect(results[2]!.problem!.code).toBe('precondition_failed');
      await test.http.get(`/v1/products/${id}`).set(viewer).expect(404);
    });

    it('acts once under an Idempotency-Key, also when some operations failed', async () => {
      const send = () =>
        test.http
          .post('/v1/products/batch')
          .set(editor)
          .set('idempotency-key', 'batch-once-1')
          .send({
            operations: [
              { op: 'remove', id: NOWHERE },
              { op: 'create', data: { ...INPUT, name: 'Batched' } },
            ],
          });
      const first = await send().expect(200);
      const again = await send().expect(200);
      expect(again.body).toEqual(first.body);
      expect((await list('filter[name]=Batched')).items).toHaveLength(1);
    });

    it('refuses more than a hundred operations, and unknown ones', async () => {
      const remove = { op: 'remove', id: NOWHERE };
      const send = (operations: object[]) =>
        test.http.post('/v1/products/batch').set(editor).send({ operations });
      await send(Array(101).fill(remove)).expect(400);
      await send([{ op: 'drop', id: NOWHERE }]).expect(400);
      await send([]).expect(400);
    });
  });
});

import { DataSource } from 'typeorm';
import { type Caller, Catalogue, INPUT, NOWHERE } from './products.fixture';
import { accessToken, type TestApp } from '../support/app';
import { expectStatements } from '../support/statements';

describe('products', () => {
  let catalogue: Catalogue;
  let test: TestApp;
  let editor: Caller;
  let viewer: Caller;
  let stranger: Caller;

  beforeAll(async () => {
    catalogue = await Catalogue.start();
    ({ test } = catalogue);
    ({ editor, viewer, stranger } = catalogue.callers);
  });
  afterAll(() => catalogue?.close());

  const create = (input?: object) => catalogue.create(input);
  const list = async (query: string, reader = viewer) =>
    (await catalogue.list(query, reader).expect(200)).body;
  const pointers = (body: { errors: { pointer: string }[] }) => body.errors.map(({ pointer }) => pointer);

  describe('creating', () => {
    it('answers 201 with the product, its address and its tag', async () => {
      const response = await catalogue.post(editor, INPUT).expect(201);
      expect(response.body).toEqual({
        ...INPUT,
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        description: '',
        stock: 0,
        status: 'draft',
        tags: [],
        createdBy: catalogue.own.users.find(({ role }) => role === 'editor')!.id,
        createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        updatedAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      });
      expect(response.headers).toMatchObject({ etag: '"1"', location: `/v1/products/${response.body.id}` });
      const read = await test.http.get(response.headers.location!).set(viewer).expect(200);
      expect(read.body).toEqual(response.body);
    });

    it('is refused to a viewer, to a caller without a token and to a member of no organization', async () => {
      const denied = await catalogue.post(viewer, INPUT).expect(403);
      expect(denied.body).toMatchObject({ code: 'permission_denied', permission: 'products:write' });
      await test.http.post('/v1/products').send(INPUT).expect(401);
      const outsider = await accessToken(test.http, test.plan.outsider);
      await catalogue.post({ authorization: `Bearer ${outsider}` }, INPUT).expect(403);
    });

    it('names every part of a bad input and stores nothing', async () => {
      const before = await list('count=true&limit=1');
      const input = { name: ' ', priceMinor: -1, currency: 'euro', colour: 'red', tags: ['a\u0000b'] };
      const { body } = await catalogue.post(editor, input).expect(400);
      expect(body.code).toBe('validation_failed');
      const wrong = ['/colour', '/currency', '/name', '/priceMinor', '/tags/0'];
      expect(pointers(body).toSorted()).toEqual(wrong);
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
      const id = await create();
      const published = `select subject, payload from outbox where payload ->> 'productId' = $1`;
      const rows = await test.app.get(DataSource).query(published, [id]);
      expect(rows).toEqual([{ subject: 'event:product.created.v1', payload: { ...INPUT, productId: id } }]);
    });
  });

  describe('under an Idempotency-Key', () => {
    const withKey = (key: string, input: object = INPUT, author = editor) =>
      catalogue.post(author, input).set('idempotency-key', key);

    it('replays the first answer to the same request', async () => {
      const first = await withKey('replay-me-1').expect(201);
      const again = await withKey('replay-me-1').expect(201);
      expect(again.body).toEqual(first.body);
      const { location, etag } = first.headers;
      expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true', location, etag });
    });

    it('refuses the key for another request with 422', async () => {
      await withKey('reused-key-1').expect(201);
      const { body } = await withKey('reused-key-1', { ...INPUT, name: 'Other' }).expect(422);
      expect(body.code).toBe('idempotency_key_reused');
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
      for (const { status } of answers) expect([201, 409]).toContain(status);
      expect((await list(`filter[name]=${encodeURIComponent(name)}`)).items).toHaveLength(1);
      const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body.id);
      expect(new Set(ids).size).toBe(1);
    });

    it('belongs to its caller: another organization may use the same key', async () => {
      const mine = await withKey('shared-key-1').expect(201);
      const theirs = await withKey('shared-key-1', INPUT, stranger).expect(201);
      expect(theirs.body.id).not.toBe(mine.body.id);
    });
  });

  describe('reading one', () => {
    it('answers 404 for an unknown id and for a product of another organization', async () => {
      const id = await create();
      for (const unknown of [catalogue.read(NOWHERE), catalogue.read(id, stranger)]) {
        expect((await unknown.expect(404)).body.code).toBe('product_not_found');
      }
    });

    it('answers 304 while its tag is known, and the product after a change', async () => {
      const id = await create();
      const { headers } = await catalogue.read(id).expect(200);
      const known = { 'if-none-match': headers.etag! };
      expect((await catalogue.read(id).set(known).expect(304)).text).toBe('');
      await catalogue.change(editor, id, { stock: 3 }).expect(200);
      const changed = await catalogue.read(id).set(known).expect(200);
      expect(changed.headers.etag).not.toBe(headers.etag);
    });

    it('answers chosen fields, and its organization when asked', async () => {
      const id = await create();
      const some = await catalogue.read(`${id}?fields=id,name`).expect(200);
      expect(some.body).toEqual({ id, name: INPUT.name });
      const more = await catalogue.read(`${id}?expand=organization`).expect(200);
      expect(more.body.organization).toEqual({ id: catalogue.own.id, name: expect.any(String) });
    });

    it('names the offender when a field, an expansion or the id is not known', async () => {
      const refused = async (path: string) => pointers((await catalogue.read(path).expect(400)).body);
      expect(await refused(`${NOWHERE}?fields=id,secret`)).toEqual(['query.fields.1']);
      expect(await refused(`${NOWHERE}?expand=owner`)).toEqual(['query.expand.0']);
      expect(await refused('not-an-id')).toEqual(['path.id']);
    });
  });

  it('answers 405 with Allow to a method the address does not have', async () => {
    const response = await test.http.put('/v1/products').set(editor).send({}).expect(405);
    expect(response.headers.allow).toBe('GET, HEAD, POST');
    expect(response.body.code).toBe('method_not_allowed');
  });

  describe('listing', () => {
    it('shows only the products of the active organization, newest first', async () => {
      const id = await create({ name: 'Mine alone' });
      expect((await list('limit=5')).items[0].id).toBe(id);
      expect((await list('limit=100', stranger)).items).not.toContainEqual(expect.objectContaining({ id }));
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
      const first = await catalogue.list('limit=2&sort=name').expect(200);
      const next = /^<(.*)>; rel="next"$/.exec(first.headers.link!)![1]!;
      const second = await test.http.get(next).set(viewer).expect(200);
      expect([...first.body.items, ...second.body.items]).toEqual((await list('limit=4&sort=name')).items);
    });

    it('filters by what it allows', async () => {
      const name = 'Rare 100%_sure thing';
      await create({ name, priceMinor: 77, status: 'archived', tags: ['rare'] });
      for (const query of ['filter[tags]=rare', 'filter[name][like]=100%25_SURE', 'filter[priceMinor]=77']) {
        expect((await list(query)).items).toMatchObject([{ name }]);
      }
      expect((await list('filter[name][like]=100__SURE')).items).toEqual([]);
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
      const { body } = await catalogue.list(query).expect(400);
      expect(body.errors[0].pointer).toBe(pointer);
    });

    it('does not take a cursor of another sort', async () => {
      const { nextCursor } = await list('limit=1&sort=name');
      await catalogue.list(`limit=1&sort=-name&cursor=${nextCursor}`).expect(400);
    });

    it('skips by offset, but not together with a cursor', async () => {
      const [first, second] = (await list('limit=2&sort=name')).items;
      expect((await list('limit=1&sort=name&offset=1')).items[0]).toEqual(second);
      expect(first).not.toEqual(second);
      const { nextCursor } = await list('limit=1&sort=name');
      await catalogue.list(`sort=name&offset=1&cursor=${nextCursor}`).expect(400);
    });

    it('answers chosen fields and the organization of every item, in two statements at the most', async () => {
      const query = 'fields=id,name&expand=organization&limit=3';
      await list(query);
      const { items } = await expectStatements(2, () => list(query));
      for (const item of items) expect(Object.keys(item).toSorted()).toEqual(['id', 'name', 'organization']);
    });
  });
});

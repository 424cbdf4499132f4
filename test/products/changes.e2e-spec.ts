import { randomUUID } from 'node:crypto';
import { Consumers } from '../../src/core/events/consumers';
import { type Caller, Catalogue, INPUT, NOWHERE } from './products.fixture';
import { holding } from '../support/locks';

describe('A product', () => {
  let catalogue: Catalogue;
  let admin: Caller;
  let editor: Caller;
  let viewer: Caller;
  let stranger: Caller;

  beforeAll(async () => {
    catalogue = await Catalogue.start();
    ({ admin, editor, viewer, stranger } = catalogue.callers);
  });
  afterAll(() => catalogue?.close());

  const create = (author?: Caller, input?: object) => catalogue.create(input, author);
  const change = (author: Caller, id: string, changes: object) => catalogue.change(author, id, changes);
  const remove = (author: Caller, id: string) => catalogue.remove(author, id);
  const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status);

  describe('that is changed', () => {
    it('answers the changed product with its next tag', async () => {
      const id = await create();
      const response = await change(editor, id, { priceMinor: 1 }).expect(200);
      expect(response.body).toMatchObject({ id, priceMinor: 1, name: INPUT.name });
      expect(response.headers.etag).toBe('"2"');
    });

    it('answers 412 and changes nothing when If-Match names an older version', async () => {
      const id = await create();
      await change(editor, id, { stock: 1 }).set('if-match', '"1"').expect(200);
      const late = await change(editor, id, { stock: 2 }).set('if-match', '"1"');
      expect(late.status).toBe(412);
      expect(late.body.code).toBe('precondition_failed');
      expect((await catalogue.read(id)).body.stock).toBe(1);
    });

    it('lets one of ten parallel changes of the same version win', async () => {
      const id = await create();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          change(editor, id, { stock: index + 1 }).set('if-match', '"1"'),
        ),
      );
      expect(statuses(answers).toSorted()).toEqual([200, ...Array(9).fill(412)]);
    });

    it('is out of reach for viewers and for other organizations', async () => {
      const id = await create();
      await change(viewer, id, { stock: 1 }).expect(403);
      await change(stranger, id, { stock: 1 }).expect(404);
      await remove(viewer, id).expect(403);
      await remove(stranger, id).expect(404);
      await catalogue.read(id).expect(200);
    });

    it('refuses a change that changes nothing', async () => {
      const id = await create();
      await change(editor, id, {}).expect(400);
    });
  });

  it('is removed once', async () => {
    const id = await create();
    await remove(editor, id).set('if-match', '"7"').expect(412);
    await remove(editor, id).expect(204);
    await remove(editor, id).expect(404);
  });

  describe('in a batch', () => {
    it('answers a result for each operation, and one failure does not undo the others', async () => {
      const id = await create();
      const { body } = await catalogue
        .batch(editor, [
          { op: 'create', data: INPUT },
          { op: 'update', id, version: 1, data: { stock: 9 } },
          { op: 'update', id, version: 1, data: { stock: 10 } },
          { op: 'remove', id: NOWHERE },
          { op: 'remove', id },
        ])
        .expect(200);
      expect(statuses(body.results)).toEqual([201, 200, 412, 404, 204]);
      expect(body.results[2].problem.code).toBe('precondition_failed');
      await catalogue.read(id).expect(404);
    });

    it('acts once under an Idempotency-Key, also when some operations failed', async () => {
      const operations = [
        { op: 'remove', id: NOWHERE },
        { op: 'create', data: { ...INPUT, name: 'Batched' } },
      ];
      const send = () => catalogue.batch(editor, operations).set('idempotency-key', 'batch-once-1');
      const first = await send().expect(200);
      const again = await send().expect(200);
      expect(again.body).toEqual(first.body);
      expect((await catalogue.list('filter[name]=Batched')).body.items).toHaveLength(1);
    });

    it('refuses more than a hundred operations, and unknown ones', async () => {
      const removal = { op: 'remove', id: NOWHERE };
      for (const operations of [Array(101).fill(removal), [{ op: 'drop', id: NOWHERE }], []]) {
        await catalogue.batch(editor, operations).expect(400);
      }
    });
  });

  describe('under an Idempotency-Key', () => {
    const keyed = (author: Caller, key: string, input = INPUT) =>
      catalogue.post(author, input).set('idempotency-key', key);

    it('keeps the answer of one caller from a colleague', async () => {
      const mine = await keyed(editor, 'of-two-colleagues').expect(201);
      const theirs = await keyed(admin, 'of-two-colleagues').expect(201);
      expect(theirs.headers).not.toHaveProperty('idempotency-replayed');
      expect(theirs.body.id).not.toBe(mine.body.id);
      await keyed(admin, 'of-two-colleagues', { ...INPUT, name: 'Other' }).expect(422);
    });

    it('refuses the second of two at once while the first still runs', async () => {
      const send = () => keyed(editor, 'two-at-once').then((response) => response);
      await holding(catalogue.test.database, async (holder) => {
        await holder.sql('lock table products in exclusive mode');
        const first = send();
        await holder.waiting(1);
        expect(await holder.answerOf(send(), 2)).toMatchObject({
          status: 409,
          body: { code: 'idempotency_key_busy' },
          headers: { 'retry-after': '1' },
        });
        await holder.release();
        expect((await first).status).toBe(201);
      });
      expect((await send()).headers['idempotency-replayed']).toBe('true');
    });
  });

  it('is made again under a key that is older than two days, and not before', async () => {
    const again = async (key: string, hours: number) => {
      const send = () => catalogue.post(editor, INPUT).set('idempotency-key', key).expect(201);
      await send();
      await holding(catalogue.test.database, async (holder) => {
        const age =
          'update idempotency_keys set created_at = now() - make_interval(hours => $2) where key = $1';
        await holder.sql(age, [key, hours]);
        await holder.release();
      });
      const headers = { requestId: 'test' };
      const message = { id: randomUUID(), subject: '', payload: null, headers, createdAt: '' };
      await catalogue.test.app.get(Consumers).deliver('http.idempotency_keys', message, 1);
      return (await send()).headers['idempotency-replayed'];
    };
    expect([await again('after-47-hours', 47), await again('after-49-hours', 49)]).toEqual([
      'true',
      undefined,
    ]);
  });

  describe('becomes what it may, by whose it is and in what state', () => {
    it('shows who created it, which no input can choose', async () => {
      const id = await create(editor);
      const creator = catalogue.own.users.find(({ role }) => role === 'editor')!.id;
      const { body } = await catalogue.read(id, admin).expect(200);
      expect(body.createdBy).toBe(creator);
      for (const request of [
        catalogue.post(editor, { ...INPUT, createdBy: creator }),
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
      const { body } = await catalogue.batch(editor, operations).expect(200);
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
      await holding(catalogue.test.database, async (holder) => {
        await holder.sql(`select set_config('app.tenant_id', $1, true)`, [catalogue.own.id]);
        await holder.sql(`update products set status = 'archived' where id = $1`, [id]);
        const answer = change(editor, id, { stock: 7 }).then((response) => response);
        await holder.waiting(1);
        await holder.release();
        expect((await answer).body).toMatchObject({ status: 403, code: 'product_archived' });
      });
    });
  });
});

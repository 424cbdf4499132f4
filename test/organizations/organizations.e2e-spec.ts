import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { runInScope } from '../../src/core/context';
import { WorkerRuntime } from '../../src/core/jobs/worker-runtime';
import type { SeedOrganization, SeedUser } from '../../src/core/seeding/seeds';
import { type Caller, foundTeam, inTenant, signIn } from './organizations.fixture';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { holding } from '../support/locks';

describe('organizations', () => {
  let test: TestApp;
  let own: SeedOrganization;
  let foreign: SeedOrganization;
  let outsider: SeedUser;

  beforeAll(async () => {
    test = await startApp();
    const plan = test.plan;
    [own, foreign] = plan.organizations as [SeedOrganization, SeedOrganization];
    outsider = plan.outsider;
  });
  afterAll(() => test?.close());

  const found = (caller: Caller, input: object, key?: string) =>
    test.http
      .post('/v1/organizations')
      .set({ ...caller, ...(key && { 'idempotency-key': key }) })
      .send(input);
  const pathOf = ({ id }: { id: string }) => `/v1/organizations/${id}`;

  describe('founding', () => {
    it('makes any signed-in person the owner of a new organization', async () => {
      const response = await found(await signIn(test, outsider), { name: 'Café Zürich' }).expect(201);
      expect(response.body).toEqual({
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        name: 'Café Zürich',
        slug: expect.stringMatching(/^cafe-zurich-[\da-f]{6}$/),
        requiresSecondFactor: false,
        createdAt: expect.stringMatching(/Z$/),
        updatedAt: expect.stringMatching(/Z$/),
      });
      expect(response.headers).toMatchObject({ location: pathOf(response.body), etag: '"1"' });
      const owner = await signIn(test, outsider, response.body.id);
      const read = await test.http.get(pathOf(response.body)).set(owner).expect(200);
      expect(read.body).toEqual(response.body);
    });

    it('happens once under an Idempotency-Key, from within another organization', async () => {
      const editor = await test.signIn(own, 'editor');
      const first = await found(editor, { name: 'Twice' }, 'founding-0001').expect(201);
      const second = await found(editor, { name: 'Twice' }, 'founding-0001').expect(201);
      expect(second.body).toEqual(first.body);
      expect(second.headers['idempotency-replayed']).toBe('true');
      const { body } = await test.http
        .get('/v1/organizations?filter[name][like]=twice')
        .set(editor)
        .expect(200);
      expect(body.items).toHaveLength(1);
    });

    it('gives a slug to one of those who ask for it at the same time', async () => {
      const admin = await test.signIn(foreign, 'admin');
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => found(admin, { name: 'Race', slug: 'the-one' })),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(409)]);
      expect(answers.find(({ status }) => status === 409)!.body.code).toBe('slug_taken');
    });

    it('names what is wrong with the input', async () => {
      const admin = await test.signIn(own, 'admin');
      const { body } = await found(admin, { name: ' ', slug: 'Not A Slug', plan: 'free' }).expect(400);
      expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual([
        '/name',
        '/plan',
        '/slug',
      ]);
    });

    it('is refused to strangers', async () => {
      await test.http.post('/v1/organizations').send({ name: 'Nobody' }).expect(401);
    });
  });

  describe('the list', () => {
    it('shows a person what they belong to, with their role, and nothing else', async () => {
      const { body } = await test.http
        .get('/v1/organizations')
        .set(await test.signIn(own, 'viewer'))
        .expect(200);
      expect(body).toEqual({
        items: [expect.objectContaining({ id: own.id, name: own.name, role: 'viewer' })],
        nextCursor: null,
      });
    });

    it('goes on across organizations page by page', async () => {
      const owner = await test.signIn(foreign, 'owner');
      for (const name of ['Second', 'Third']) await found(owner, { name }).expect(201);
      const path = '/v1/organizations?sort=name&limit=2&count=true';
      const first = await test.http.get(path).set(owner).expect(200);
      expect(first.headers.link).toContain('rel="next"');
      const second = await test.http.get(`${path}&cursor=${first.body.nextCursor}`).set(owner).expect(200);
      const names = [...first.body.items, ...second.body.items].map(({ name }) => name);
      expect([names, first.body.total]).toEqual([['Second', 'Third', foreign.name], 3]);
    });
  });

  describe('the active organization', () => {
    it('is read by every member and changed by an admin, with If-Match', async () => {
      const viewer = await test.signIn(own, 'viewer');
      const admin = await test.signIn(own, 'admin');
      const { headers } = await test.http.get(pathOf(own)).set(viewer).expect(200);
      const change = (caller: Caller) =>
        test.http
          .patch(pathOf(own))
          .set({ ...caller, 'if-match': headers.etag! })
          .send({ name: 'Harbour & Co' });
      const denied = await change(await test.signIn(own, 'editor')).expect(403);
      expect(denied.body).toMatchObject({ code: 'permission_denied', permission: 'organizations:write' });
      expect((await change(admin).expect(200)).body.name).toBe('Harbour & Co');
      expect((await change(admin).expect(412)).body.code).toBe('precondition_failed');
    });

    it('is the only one in reach: others do not exist, not even one’s own', async () => {
      const owner = await test.signIn(own, 'owner');
      const { body: second } = await found(owner, { name: 'Not active' }).expect(201);
      for (const path of [pathOf(foreign), pathOf(second)]) {
        const answers = await Promise.all([
          test.http.get(path).set(owner),
          test.http.patch(path).set(owner).send({ name: 'Mine' }),
          test.http.delete(path).set(owner),
          test.http.delete(`${path}/membership`).set(owner),
          ...['members', 'invitations', 'roles'].map((part) => test.http.get(`${path}/${part}`).set(owner)),
          test.http.post(`${path}/invitations`).set(owner).send({ email: 'x@example.com' }),
          test.http.delete(`${path}/members/${foreign.users[1]!.id}`).set(owner),
          test.http.patch(`${path}/members/${foreign.users[1]!.id}`).set(owner).send({ role: 'viewer' }),
        ]);
        expect(answers.map(({ body }) => body.code)).toEqual(answers.map(() => 'organization_not_found'));
      }
    });

    it('lists the roles with what each may do', async () => {
      const viewer = await test.signIn(own, 'viewer');
      const { body } = await test.http
        .get(`${pathOf(own)}/roles`)
        .set(viewer)
        .expect(200);
      const granted = Object.fromEntries(
        body.items.map((role: { name: string; permissions: { name: string }[] }) => [
          role.name,
          role.permissions.map(({ name }) => name).filter((name) => name.startsWith('organizations:')),
        ]),
      );
      expect(granted).toEqual({
        owner: ['organizations:read', 'organizations:remove', 'organizations:write'],
        admin: ['organizations:read', 'organizations:write'],
        editor: ['organizations:read'],
        viewer: ['organizations:read'],
        Auditor: ['organizations:read'],
      });
    });
  });

  describe('removal', () => {
    it('is for owners, shuts the members out at once and erases the rows of every table of tenants', async () => {
      await createTables();
      const team = await foundTeam(test, foreign.users[0]!);
      const admin = await team.join(own.users[1]!, 'admin');
      await inTenant(test, team.id, 'insert into test_a_parents (id, tenant_id) values (1, $1)', [team.id]);
      await inTenant(test, team.id, 'insert into test_b_children values (1, $1, 1)', [team.id]);
      await inTenant(test, own.id, 'insert into test_a_parents (id, tenant_id) values (2, $1)', [own.id]);

      await test.http.delete(team.path).set(admin).expect(403);
      await test.http
        .delete(team.path)
        .set({ ...team.owner, 'if-match': '"7"' })
        .expect(412);
      await test.http.delete(team.path).set(team.owner).expect(204);
      await test.http.get(team.path).set(admin).expect(401);

      await test.app.get(WorkerRuntime).start();
      const left = `select (select count(*) from test_a_parents) + (select count(*) from test_b_children) as rows`;
      await eventually(async () => expect(await inTenant(test, team.id, left)).toEqual([{ rows: '0' }]));
      expect(await inTenant(test, own.id, left)).toEqual([{ rows: '1' }]);
    });
  });

  it('keeps no session open by what was read of it before it ended', async () => {
    const viewer = own.users.find(({ role }) => role === 'viewer')!;
    const [caller, other] = [await signIn(test, viewer, own.id), await signIn(test, viewer, own.id)];
    const me = (by: Caller) => test.http.get('/v1/me').set(by);
    await me(other).expect(200);
    await holding(test.database, async (holder) => {
      // The membership is read after the session: the request has seen one of them when it is stopped.
      await holder.sql('lock table memberships in access exclusive mode');
      const stopped = me(caller).then(({ status }) => status);
      await holder.waiting(1);
      await test.http.delete('/v1/me/sessions').set(other).expect(204);
      await holder.release();
      expect(await stopped).toBe(200);
    });
    await me(caller).expect(401);
  });

  it('shows the database role nothing of another tenant, whatever a query leaves out', async () => {
    const scope = { tenantId: foreign.id, userId: foreign.users[3]!.id };
    const tenants = await runInScope(scope, () =>
      test.app.get(DataSource).query(`select tenant_id from memberships union select id from organizations`),
    );
    expect(tenants).toEqual([{ tenant_id: foreign.id }]);
  });

  async function createTables() {
    const client = new Client({ connectionString: test.database.ownerUrl });
    await client.connect();
    await client.query(`
      create table test_a_parents (id int primary key, tenant_id uuid);
      create table test_b_children (id int, tenant_id uuid, parent_id int references test_a_parents);
      call isolate_tenants('test_a_parents');
      call isolate_tenants('test_b_children');
      grant select, insert, delete on test_a_parents, test_b_children to public;`);
    await client.end();
  }
});

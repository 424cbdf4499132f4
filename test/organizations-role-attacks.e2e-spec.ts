import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { runInScope } from '../src/core/context';
import { Seeds, type SeedUser } from '../src/core/seeding/seeds';
import {
  accept,
  type Caller,
  foundTeam,
  inTenant,
  mailedToken,
  signIn,
  type Team,
} from './organizations.team';
import { startApp, type TestApp } from './support/app';
import { eventually } from './support/eventually';

const MANAGES = ['members:read', 'members:write', 'organizations:read', 'roles:write'];

/** What somebody would try who wants to do more than they may. */
describe('nobody climbs by way of roles', () => {
  let test: TestApp;
  let people: SeedUser[];
  let team: Team;

  beforeAll(async () => {
    test = await startApp();
    const { organizations } = await test.app.get(Seeds).run(3);
    people = organizations.flatMap(({ users }) => users);
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    team = await foundTeam(test, people[0]!);
  });

  const define = (caller: Caller, name: string, permissions: string[], place = team) =>
    test.http.post(`${place.path}/roles`).set(caller).send({ name, permissions });
  const roleOf = async (name: string, permissions: string[], place = team): Promise<string> =>
    (await define(place.owner, name, permissions, place).expect(201)).headers.location!;
  const change = (caller: Caller, path: string, changes: object) =>
    test.http.patch(path).set(caller).send(changes);
  const give = (caller: Caller, user: SeedUser, role: string) =>
    change(caller, `${team.path}/members/${user.id}`, { role });
  const remove = (caller: Caller, user: SeedUser) =>
    test.http.delete(`${team.path}/members/${user.id}`).set(caller);
  const invite = (caller: Caller, email: string, role: string) =>
    test.http.post(`${team.path}/invitations`).set(caller).send({ email, role });
  const invited = async (): Promise<{ email: string }[]> =>
    (await test.http.get(`${team.path}/invitations`).set(team.owner).expect(200)).body.items;
  const rightsOf = async (caller: Caller) =>
    (await test.http.get('/v1/me/permissions').set(caller).expect(200)).body;
  const rolesOf = async (): Promise<string[]> =>
    (await test.http.get(`${team.path}/members`).set(team.owner)).body.items.map(
      ({ role }: { role: string }) => role,
    );

  async function refusedAsAbove(...requests: ReturnType<typeof define>[]) {
    for (const request of requests) {
      const { status, body } = await request;
      expect([status, body.code]).toEqual([403, 'role_above_yours']);
    }
  }

  it('by putting into a role what they lack, or by widening one', async () => {
    const admin = await team.join(people[1]!, 'admin');
    const { body } = await define(admin, 'Ender', ['organizations:read', 'organizations:remove']).expect(403);
    expect(body).toMatchObject({ code: 'role_above_yours', permissions: ['organizations:remove'] });
    const path = (await define(admin, 'Reader', ['organizations:read']).expect(201)).headers.location!;
    await refusedAsAbove(change(admin, path, { permissions: ['organizations:remove'] }));
    await change(team.owner, path, { permissions: ['organizations:remove'] }).expect(200);
  });

  it('by changing, deleting, giving, taking or inviting to a role that may do more', async () => {
    const path = await roleOf('Ender', ['organizations:read', 'organizations:remove']);
    const admin = await team.join(people[1]!, 'admin');
    const ender = await team.join(people[2]!, 'Ender');
    await refusedAsAbove(
      change(admin, path, { permissions: [] }),
      change(admin, path, { name: 'Mine' }),
      test.http.delete(path).set(admin),
      give(admin, people[1]!, 'Ender'),
      give(admin, people[2]!, 'viewer'),
      remove(admin, people[2]!),
      invite(admin, 'a@example.com', 'Ender'),
    );
    expect((await rightsOf(ender)).permissions).toEqual(['organizations:read', 'organizations:remove']);
  });

  it('by editing the role that they have, or by taking a built-in one', async () => {
    const path = await roleOf('Manager', MANAGES);
    const manager = await team.join(people[1]!, 'Manager');
    await refusedAsAbove(
      change(manager, path, { permissions: [...MANAGES, 'organizations:write'] }),
      define(manager, 'Twin', [...MANAGES, 'organizations:write']),
      give(manager, people[1]!, 'admin'),
      give(manager, people[1]!, 'owner'),
      give(manager, people[0]!, 'Manager'),
      remove(manager, people[0]!),
      invite(manager, 'a@example.com', 'admin'),
    );
    await team.join(people[2]!, 'Manager');
    await give(manager, people[2]!, 'Manager').expect(200);
    await change(manager, path, { permissions: ['members:read'] }).expect(200);
    await change(manager, path, { permissions: MANAGES }).expect(403);
  });

  it('by holding every permission there is: owners are the business of owners', async () => {
    const { permissions } = await rightsOf(team.owner);
    await roleOf('Regent', permissions);
    const regent = await team.join(people[1]!, 'Regent');
    await refusedAsAbove(
      give(regent, people[1]!, 'owner'),
      give(regent, people[0]!, 'viewer'),
      remove(regent, people[0]!),
      invite(regent, 'a@example.com', 'owner'),
    );
  });

  it('by a permission that they lose while the request waits for its turn', async () => {
    await roleOf('Manager', MANAGES);
    const manager = await team.join(people[1]!, 'Manager');
    const client = new Client({ connectionString: test.database.ownerUrl });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true)`, [team.id]);
      await client.query('select from organizations where id = $1 for update', [team.id]);
      const late = define(manager, 'Late', ['members:write']).then((answer) => answer);
      await eventually(async () => {
        const waiting =
          'select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))';
        expect((await client.query(waiting)).rows.length).toBeGreaterThan(0);
      });
      await client.query(`update custom_roles set permissions = '{members:read}' where name = 'Manager'`);
      await client.query('commit');
      expect((await late).body).toMatchObject({ code: 'permission_denied', permission: 'roles:write' });
    } finally {
      await client.end();
    }
  });

  it('by the roles of another organization, whose ids and names mean nothing here', async () => {
    const other = await foundTeam(test, people[4]!);
    const path = await roleOf('Theirs', ['organizations:remove'], other);
    const id = path.split('/').at(-1)!;
    const answers = [
      await test.http.get(`${team.path}/roles/${id}`).set(team.owner),
      await change(team.owner, `${team.path}/roles/${id}`, { name: 'Ours' }),
      await test.http.delete(`${team.path}/roles/${id}`).set(team.owner),
    ];
    expect(answers.map(({ body }) => body.code)).toEqual(Array(3).fill('role_not_found'));
    await test.http.get(path).set(team.owner).expect(404);
    await team.join(people[1]!, 'viewer');
    for (const role of ['Theirs', id]) {
      expect((await give(team.owner, people[1]!, role).expect(400)).body.errors).toMatchObject([
        { pointer: '/role', code: 'unknown_role' },
      ]);
      await invite(team.owner, 'a@example.com', role).expect(400);
    }
    const forced = inTenant(
      test,
      team.id,
      `update memberships set role = 'Theirs', custom_role_id = $1 where user_id = $2`,
      [id, people[1]!.id],
    );
    await expect(forced).rejects.toThrow('memberships_tenant_id_custom_role_id_role_fkey');
  });

  it('by a role that is no role: the database takes neither a made-up name nor a borrowed one', async () => {
    const id = (await roleOf('Clerk', [])).split('/').at(-1)!;
    const force = (role: string, customRoleId: string | null) =>
      inTenant(test, team.id, 'update memberships set role = $1, custom_role_id = $2 where user_id = $3', [
        role,
        customRoleId,
        people[1]!.id,
      ]);
    await team.join(people[1]!, 'viewer');
    await expect(force('emperor', null)).rejects.toThrow('memberships_role_check');
    await expect(force('owner', id)).rejects.toThrow('memberships_role_check');
    await expect(force('emperor', id)).rejects.toThrow('memberships_tenant_id_custom_role_id_role_fkey');
    const called = inTenant(test, team.id, `update custom_roles set name = 'Owner' where id = $1`, [id]);
    await expect(called).rejects.toThrow('custom_roles_name_check');
  });

  it('by sending a role or permissions where none are taken', async () => {
    const viewer = await team.join(people[1]!, 'viewer');
    const pointers = async (response: ReturnType<typeof change>) =>
      (await response.expect(400)).body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(await pointers(change(viewer, '/v1/me', { role: 'owner', permissions: ['x'] }))).toEqual([
      '/role',
      '/permissions',
    ]);
    const member = `${team.path}/members/${people[1]!.id}`;
    expect(await pointers(change(team.owner, member, { role: 'viewer', permissions: ['x'] }))).toEqual([
      '/permissions',
    ]);
    expect(await pointers(change(team.owner, member, { role: 'viewer', customRoleId: null }))).toEqual([
      '/customRoleId',
    ]);
    expect((await rightsOf(viewer)).role).toBe('viewer');
  });

  it('by a stolen session: what hands out rights asks for a recent proof', async () => {
    const victim = people[5]!;
    const { id, path, owner } = await foundTeam(test, victim);
    const clerk = (await test.http.post(`${path}/roles`).set(owner).send({ name: 'Clerk', permissions: [] }))
      .headers.location!;
    const stolen = await signIn(test, victim, id);
    await runInScope({ userId: victim.id }, () =>
      test.app.get(DataSource).query(`update auth_sessions set authenticated_at = now() - interval '1 day'`),
    );
    const answers = [
      await test.http.post(`${path}/roles`).set(stolen).send({ name: 'Mine', permissions: [] }),
      await change(stolen, clerk, { permissions: [] }),
      await test.http.delete(clerk).set(stolen),
      await change(stolen, `${path}/members/${victim.id}`, { role: 'admin' }),
      await test.http
        .post(`${path}/invitations`)
        .set(stolen)
        .send({ email: 'thief@example.com', role: 'owner' }),
      await test.http.delete(path).set(stolen),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      answers.map(() => [401, 'recent_sign_in_required']),
    );
  });

  describe('an invitation', () => {
    it('lapses when the role of whoever made it is narrowed, or they get a lesser one', async () => {
      const path = await roleOf('Manager', MANAGES);
      const manager = await team.join(people[1]!, 'Manager');
      await roleOf('Reader', ['members:read']);
      const guest = await signIn(test, people[2]!);
      await invite(manager, people[2]!.email, 'Reader').expect(201);
      const token = await mailedToken(test, people[2]!.email);
      await change(team.owner, path, { description: 'The same rights' }).expect(200);
      expect(await invited()).toHaveLength(1);
      await change(team.owner, path, { permissions: ['members:write', 'organizations:read'] }).expect(200);
      expect(await invited()).toEqual([]);
      expect((await accept(test, guest, token).expect(400)).body.code).toBe('invitation_not_usable');

      const admin = await team.join(people[3]!, 'admin');
      await invite(admin, people[2]!.email, 'Reader').expect(201);
      await invite(team.owner, 'b@example.com', 'Reader').expect(201);
      await give(team.owner, people[3]!, 'Manager').expect(200);
      expect(await invited()).toMatchObject([{ email: 'b@example.com' }]);
    });

    it('lapses when the role that it offers comes to allow more than whoever made it may give', async () => {
      const path = await roleOf('Reader', ['members:read']);
      const admin = await team.join(people[1]!, 'admin');
      await invite(admin, 'a@example.com', 'Reader').expect(201);
      await invite(team.owner, 'b@example.com', 'Reader').expect(201);
      await change(team.owner, path, { permissions: ['members:read', 'organizations:remove'] }).expect(200);
      expect(await invited()).toMatchObject([{ email: 'b@example.com' }]);
    });
  });

  describe('at the same time', () => {
    it('a role is deleted and given: one of the two is refused, and nobody has a role that is gone', async () => {
      await team.join(people[1]!, 'viewer');
      for (const name of ['First', 'Second', 'Third', 'Fourth']) {
        const path = await roleOf(name, []);
        const answers = await Promise.all([
          test.http.delete(path).set(team.owner),
          give(team.owner, people[1]!, name),
        ]);
        const outcome = answers.map(({ status }) => status).join();
        expect(['204,400', '409,200']).toContain(outcome);
        expect((await rolesOf()).includes(name)).toBe(outcome === '409,200');
      }
    });

    it('a role is deleted and an invitation to it accepted: the role stays with whoever came in', async () => {
      const path = await roleOf('Clerk', []);
      await invite(team.owner, people[1]!.email, 'Clerk').expect(201);
      const token = await mailedToken(test, people[1]!.email);
      const guest = await signIn(test, people[1]!);
      const [deleted, accepted] = await Promise.all([
        test.http.delete(path).set(team.owner),
        accept(test, guest, token),
      ]);
      expect([deleted.status, accepted.status]).toEqual([409, 200]);
      expect(await rolesOf()).toContain('Clerk');
    });

    it('two change each other’s role: one after the other, and no one waits for ever', async () => {
      await roleOf('Manager', MANAGES);
      const callers = [await team.join(people[1]!, 'Manager'), await team.join(people[2]!, 'Manager')];
      await roleOf('Guest', []);
      const answers = await Promise.all([
        give(callers[0]!, people[2]!, 'Guest'),
        give(callers[1]!, people[1]!, 'Guest'),
      ]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
    });
  });

  describe('the last owner', () => {
    const refused = { status: 409, code: 'last_owner' };

    it('cannot take a role of the organization’s own', async () => {
      await roleOf('Regent', (await rightsOf(team.owner)).permissions);
      expect((await give(team.owner, people[0]!, 'Regent')).body).toMatchObject(refused);
      expect((await rightsOf(team.owner)).role).toBe('owner');
    });

    it('is settled when two owners demote each other, to whatever role', async () => {
      await roleOf('Guest', []);
      for (const role of ['Guest', 'viewer']) {
        const other = await team.join(people[1]!, 'owner');
        const answers = await Promise.all([
          give(team.owner, people[1]!, role),
          give(other, people[0]!, role),
        ]);
        expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
        team = await foundTeam(test, people[0]!);
        if (role === 'Guest') await roleOf('Guest', []);
      }
    });

    it('is settled when one owner leaves while the other is removed, or takes another role', async () => {
      await roleOf('Guest', []);
      for (const act of [
        (caller: Caller) => remove(caller, people[1]!),
        (caller: Caller) => give(caller, people[1]!, 'Guest'),
      ]) {
        const other = await team.join(people[1]!, 'owner');
        const answers = await Promise.all([
          act(other),
          test.http.delete(`${team.path}/membership`).set(team.owner),
        ]);
        const statuses = answers.map(({ status }) => status);
        expect(statuses.filter((status) => status < 300)).toHaveLength(1);
        expect(statuses.filter((status) => status === 409)).toHaveLength(1);
        const owners = await inTenant(test, team.id, `select from memberships where role = 'owner'`);
        expect(owners).toHaveLength(1);
        team = await foundTeam(test, people[0]!);
        await roleOf('Guest', []);
      }
    });
  });
});

import { Client } from 'pg';
import type { Test } from 'supertest';
import { DataSource } from 'typeorm';
import { runInScope } from '../../src/core/context';
import { Seeds, type SeedUser } from '../../src/core/seeding/seeds';
import {
  accept,
  type Caller,
  foundTeam,
  inTenant,
  mailedToken,
  rightsOf,
  signIn,
  type Team,
} from './organizations.fixture';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

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
  afterAll(() => test?.close());
  beforeEach(async () => {
    team = await foundTeam(test, people[0]!);
  });

  const change = (caller: Caller, path: string, changes: object) =>
    test.http.patch(path).set(caller).send(changes);
  const rolesOf = async (): Promise<string[]> =>
    (await test.http.get(`${team.path}/members`).set(team.owner)).body.items.map(
      ({ role }: { role: string }) => role,
    );

  async function refusedAsAbove(...requests: Test[]) {
    for (const request of requests) {
      const { status, body } = await request;
      expect([status, body.code]).toEqual([403, 'role_above_yours']);
    }
  }

  it('by putting into a role what they lack, or by widening one', async () => {
    const admin = await team.join(people[1]!, 'admin');
    const { body } = await team
      .define(admin, 'Ender', ['organizations:read', 'organizations:remove'])
      .expect(403);
    expect(body).toMatchObject({ code: 'role_above_yours', permissions: ['organizations:remove'] });
    const path = (await team.define(admin, 'Reader', ['organizations:read']).expect(201)).headers.location!;
    await refusedAsAbove(change(admin, path, { permissions: ['organizations:remove'] }));
    await change(team.owner, path, { permissions: ['organizations:remove'] }).expect(200);
  });

  it('by changing, deleting, giving, taking or inviting to a role that may do more', async () => {
    const path = await team.roleOf('Ender', ['organizations:read', 'organizations:remove']);
    const admin = await team.join(people[1]!, 'admin');
    const ender = await team.join(people[2]!, 'Ender');
    await refusedAsAbove(
      change(admin, path, { permissions: [] }),
      change(admin, path, { name: 'Mine' }),
      test.http.delete(path).set(admin),
      team.give(admin, people[1]!, 'Ender'),
      team.give(admin, people[2]!, 'viewer'),
      team.remove(admin, people[2]!),
      team.invite(admin, 'a@example.com', 'Ender'),
    );
    expect((await rightsOf(test, ender)).permissions).toEqual(['organizations:read', 'organizations:remove']);
  });

  it('by editing the role that they have, or by taking a built-in one', async () => {
    const path = await team.roleOf('Manager', MANAGES);
    const manager = await team.join(people[1]!, 'Manager');
    await refusedAsAbove(
      change(manager, path, { permissions: [...MANAGES, 'organizations:write'] }),
      team.define(manager, 'Twin', [...MANAGES, 'organizations:write']),
      team.give(manager, people[1]!, 'admin'),
      team.give(manager, people[1]!, 'owner'),
      team.give(manager, people[0]!, 'Manager'),
      team.remove(manager, people[0]!),
      team.invite(manager, 'a@example.com', 'admin'),
    );
    await team.join(people[2]!, 'Manager');
    await team.give(manager, people[2]!, 'Manager').expect(200);
    await change(manager, path, { permissions: ['members:read'] }).expect(200);
    await change(manager, path, { permissions: MANAGES }).expect(403);
  });

  it('by holding every permission there is: owners are the business of owners', async () => {
    const { permissions } = await rightsOf(test, team.owner);
    await team.roleOf('Regent', permissions);
    const regent = await team.join(people[1]!, 'Regent');
    await refusedAsAbove(
      team.give(regent, people[1]!, 'owner'),
      team.give(regent, people[0]!, 'viewer'),
      team.remove(regent, people[0]!),
      team.invite(regent, 'a@example.com', 'owner'),
    );
  });

  it('by a permission that they lose while the request waits for its turn', async () => {
    await team.roleOf('Manager', MANAGES);
    const manager = await team.join(people[1]!, 'Manager');
    const client = new Client({ connectionString: test.database.ownerUrl });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true)`, [team.id]);
      await client.query('select from organizations where id = $1 for update', [team.id]);
      const late = team.define(manager, 'Late', ['members:write']).then((answer) => answer);
      const waiting =
        'select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))';
      await eventually(async () => {
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
    const path = await other.roleOf('Theirs', ['organizations:remove']);
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
      expect((await team.give(team.owner, people[1]!, role).expect(400)).body.errors).toMatchObject([
        { pointer: '/role', code: 'unknown_role' },
      ]);
      await team.invite(team.owner, 'a@example.com', role).expect(400);
    }
    const force = `update memberships set role = 'Theirs', custom_role_id = $1 where user_id = $2`;
    const forced = inTenant(test, team.id, force, [id, people[1]!.id]);
    await expect(forced).rejects.toThrow('memberships_tenant_id_custom_role_id_role_fkey');
  });

  it('by a role that is no role: the database takes neither a made-up name nor a borrowed one', async () => {
    const id = (await team.roleOf('Clerk', [])).split('/').at(-1)!;
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
    const pointers = async (response: Test) =>
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
    expect((await rightsOf(test, viewer)).role).toBe('viewer');
  });

  it('by a stolen session: what hands out rights asks for a recent proof', async () => {
    const victim = people[5]!;
    const own = await foundTeam(test, victim);
    const clerk = await own.roleOf('Clerk', []);
    const stolen = await signIn(test, victim, own.id);
    await runInScope({ userId: victim.id }, () =>
      test.app.get(DataSource).query(`update auth_sessions set authenticated_at = now() - interval '1 day'`),
    );
    const answers = [
      await own.define(stolen, 'Mine', []),
      await change(stolen, clerk, { permissions: [] }),
      await test.http.delete(clerk).set(stolen),
      await own.give(stolen, victim, 'admin'),
      await own.invite(stolen, 'thief@example.com', 'owner'),
      await test.http.delete(own.path).set(stolen),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      answers.map(() => [401, 'recent_sign_in_required']),
    );
  });

  describe('at the same time', () => {
    it('a role is deleted and given: one of the two is refused, and nobody has a role that is gone', async () => {
      await team.join(people[1]!, 'viewer');
      for (const name of ['First', 'Second', 'Third', 'Fourth']) {
        const path = await team.roleOf(name, []);
        const answers = await Promise.all([
          test.http.delete(path).set(team.owner),
          team.give(team.owner, people[1]!, name),
        ]);
        const outcome = answers.map(({ status }) => status).join();
        expect(['204,400', '409,200']).toContain(outcome);
        expect((await rolesOf()).includes(name)).toBe(outcome === '409,200');
      }
    });

    it('a role is deleted and an invitation to it accepted: the role stays with whoever came in', async () => {
      const path = await team.roleOf('Clerk', []);
      await team.invite(team.owner, people[1]!.email, 'Clerk').expect(201);
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
      await team.roleOf('Manager', MANAGES);
      const callers = [await team.join(people[1]!, 'Manager'), await team.join(people[2]!, 'Manager')];
      await team.roleOf('Guest', []);
      const answers = await Promise.all([
        team.give(callers[0]!, people[2]!, 'Guest'),
        team.give(callers[1]!, people[1]!, 'Guest'),
      ]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
    });
  });
});

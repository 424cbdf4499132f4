import request from 'supertest';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Seeds, type SeedUser } from '../../src/core/seeding/seeds';
import {
  accept,
  foundTeam,
  inTenant,
  mailedToken,
  rightsOf,
  signIn,
  type Team,
} from './organizations.fixture';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

const READS = ['members:read', 'organizations:read'];
const NOBODY = '01920000-0000-7000-8000-000000000000';

interface Role {
  readonly id: string | null;
  readonly name: string;
  readonly builtIn: boolean;
  readonly permissions: { name: string; description: string | null }[];
}

describe('roles that an organization defines', () => {
  let test: TestApp;
  let people: SeedUser[];
  let team: Team;
  let second: NestFastifyApplication;

  beforeAll(async () => {
    test = await startApp();
    const { organizations } = await test.app.get(Seeds).run(2);
    people = organizations.flatMap(({ users }) => users);
    second = await test.another();
    await second.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await second?.close();
    await test?.close();
  });
  beforeEach(async () => {
    team = await foundTeam(test, people[0]!);
  });

  const define = (input: object) => test.http.post(`${team.path}/roles`).set(team.owner).send(input);
  const change = (path: string, changes: object) => test.http.patch(path).set(team.owner).send(changes);
  const roles = async (): Promise<Role[]> =>
    (await test.http.get(`${team.path}/roles`).set(team.owner).expect(200)).body.items;
  it('are made of permissions, and listed after the built-in ones with what each permission means', async () => {
    const input = {
      name: 'Clerk',
      description: 'Renames us.',
      permissions: ['organizations:write', ...READS],
    };
    const made = await define(input).expect(201);
    expect(made.headers).toMatchObject({ etag: '"1"', location: `${team.path}/roles/${made.body.id}` });
    expect(made.body).toMatchObject({ name: 'Clerk', description: 'Renames us.', builtIn: false });
    expect(made.body.permissions).toEqual([
      { name: 'members:read', description: 'See the members and their roles.' },
      { name: 'organizations:read', description: 'See the organization.' },
      { name: 'organizations:write', description: 'Rename the organization.' },
    ]);
    const read = await test.http.get(made.headers.location!).set(team.owner).expect(200);
    expect(read.body).toEqual(made.body);
    const listed = await roles();
    expect(listed.map(({ name, builtIn }) => [name, builtIn])).toEqual([
      ['owner', true],
      ['admin', true],
      ['editor', true],
      ['viewer', true],
      ['Clerk', false],
    ]);
    expect(listed[0]!.permissions.map(({ name }) => name)).toEqual(
      (await rightsOf(test, team.owner)).permissions,
    );
  });

  it('are given by name, in whatever case, and allow what they say and nothing else', async () => {
    await team.roleOf('Clerk', ['organizations:read', 'organizations:write']);
    const clerk = await team.join(people[1]!, 'cLERK');
    expect(await rightsOf(test, clerk)).toEqual({
      organizationId: team.id,
      role: 'Clerk',
      permissions: ['organizations:read', 'organizations:write'],
    });
    await test.http.patch(team.path).set(clerk).send({ name: 'Renamed' }).expect(200);
    const denied = await test.http.get(`${team.path}/members`).set(clerk).expect(403);
    expect(denied.body).toMatchObject({ code: 'permission_denied', permission: 'members:read' });
    const { body } = await test.http.get('/v1/organizations').set(clerk).expect(200);
    expect(body.items).toContainEqual(expect.objectContaining({ id: team.id, role: 'Clerk' }));
    const members = await test.http.get(`${team.path}/members?filter[role]=Clerk`).set(team.owner);
    expect(members.body.items).toMatchObject([{ id: people[1]!.id, role: 'Clerk' }]);
    await test.http.delete(`${team.path}/membership`).set(clerk).expect(204);
  });

  it('may allow nothing at all', async () => {
    await team.roleOf('Guest', []);
    const guest = await team.join(people[1]!, 'Guest');
    expect((await rightsOf(test, guest)).permissions).toEqual([]);
    await test.http.get(team.path).set(guest).expect(403);
  });

  it('take effect within a moment for sessions that are running, on every instance', async () => {
    const path = await team.roleOf('Clerk', ['organizations:read']);
    const clerk = await team.join(people[1]!, 'Clerk');
    const elsewhere = request(await second.getUrl());
    const rightsElsewhere = async () =>
      (await elsewhere.get('/v1/me/permissions').set(clerk).expect(200)).body.permissions;
    expect(await rightsElsewhere()).toEqual(['organizations:read']);
    await change(path, { permissions: READS }).expect(200);
    expect((await rightsOf(test, clerk)).permissions).toEqual(READS);
    await eventually(async () => expect(await rightsElsewhere()).toEqual(READS));
    await team.give(team.owner, people[1]!, 'viewer').expect(200);
    expect((await rightsOf(test, clerk)).role).toBe('viewer');
    await eventually(async () => expect(await rightsElsewhere()).toContain('members:read'));
  });

  it('are known by their new name everywhere when they are renamed, and the members have a new tag', async () => {
    const path = await team.roleOf('Clerk', READS);
    const clerk = await team.join(people[1]!, 'Clerk');
    const memberPath = `${team.path}/members/${people[1]!.id}`;
    const before = await test.http.get(memberPath).set(team.owner).expect(200);
    await team.invite(team.owner, 'new@example.com', 'Clerk');
    await change(path, { name: 'Registrar' }).expect(200);
    const after = await test.http.get(memberPath).set(team.owner).expect(200);
    expect(after.body.role).toBe('Registrar');
    expect(after.headers.etag).not.toBe(before.headers.etag);
    expect((await rightsOf(test, clerk)).role).toBe('Registrar');
    const invitations = await test.http.get(`${team.path}/invitations`).set(team.owner).expect(200);
    expect(invitations.body.items).toMatchObject([{ email: 'new@example.com', role: 'Registrar' }]);
    await change(path, { name: 'REGISTRAR' }).expect(200);
  });

  it('are guarded against a blind overwrite', async () => {
    const path = await team.roleOf('Clerk', READS);
    const changed = await change(path, { description: 'First' }).set('if-match', '"1"').expect(200);
    expect(changed.headers.etag).toBe('"2"');
    await change(path, { description: 'Second' }).set('if-match', '"1"').expect(412);
    await test.http.delete(path).set(team.owner).set('if-match', '"1"').expect(412);
  });

  it('have a name of their own, also when many define it at the same time', async () => {
    const answers = await Promise.all(
      ['Clerk', 'clerk', 'CLERK', 'Clerk '].map((name) => define({ name, permissions: [] })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
    for (const name of ['Owner', 'VIEWER', 'admin', 'Clerk']) {
      const refused = await define({ name, permissions: [] }).expect(409);
      expect(refused.body.code).toBe('role_name_taken');
    }
    const path = await team.roleOf('Other', []);
    expect((await change(path, { name: 'cLeRk' }).expect(409)).body.code).toBe('role_name_taken');
  });

  it('name what is wrong with the input', async () => {
    const none = { permissions: [] };
    const wrong: [input: object, ...pointers: string[]][] = [
      [{ name: 'Line\nbreak', ...none }, '/name'],
      [{ name: 'https://evil.example', ...none }, '/name'],
      [{ name: 'owner,admin', ...none }, '/name'],
      [{ name: 'x'.repeat(51), permissions: 'all', id: NOBODY }, '/name', '/permissions', '/id'],
      [{ name: 'Twice', permissions: ['members:read', 'members:read'] }, '/permissions'],
      [{ name: 'Unknown', permissions: ['members:read', 'everything:*'] }, '/permissions/1'],
    ];
    for (const [input, ...pointers] of wrong) {
      const { body } = await define(input).expect(400);
      expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
    }
    const path = await team.roleOf('Clerk', []);
    expect((await change(path, {}).expect(400)).body.code).toBe('validation_failed');
    expect((await change(path, { permissions: ['__proto__'] }).expect(400)).body.errors).toMatchObject([
      { pointer: '/permissions/0', code: 'unknown_permission' },
    ]);
  });

  it('are fifty at the most, also when the last ones are defined at the same time', async () => {
    await inTenant(
      test,
      team.id,
      `insert into custom_roles (tenant_id, name, description, permissions, version)
       select $1, 'Role ' || n, '', '{}', 1 from generate_series(1, 49) n`,
      [team.id],
    );
    const answers = await Promise.all(['A', 'B', 'C', 'D'].map((name) => define({ name, permissions: [] })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('too_many_roles');
  });

  it('are not deleted while somebody has them or is invited to them', async () => {
    const path = await team.roleOf('Clerk', READS);
    const remove = () => test.http.delete(path).set(team.owner);
    const invitation = await team.invite(team.owner, people[1]!.email, 'Clerk').expect(201);
    expect((await remove().expect(409)).body.code).toBe('role_in_use');
    await accept(test, await signIn(test, people[1]!), await mailedToken(test, people[1]!.email)).expect(200);
    await test.http.get(invitation.headers.location!).set(team.owner).expect(404);
    expect((await remove().expect(409)).body.code).toBe('role_in_use');
    await team.give(team.owner, people[1]!, 'viewer').expect(200);
    await remove().expect(204);
    await remove().expect(404);
    await test.http.get(path).set(team.owner).expect(404);
  });

  it('go on without a permission whose module was removed, and lift nobody when it returns', async () => {
    const path = await team.roleOf('Clerk', READS);
    const clerk = await team.join(people[1]!, 'Clerk');
    const admin = await team.join(people[2]!, 'admin');
    const more = `update custom_roles set permissions = permissions || '{gone:write}'::text[] where name = 'Clerk'`;
    await inTenant(test, team.id, more);
    await team.give(team.owner, people[1]!, 'viewer').expect(200);
    const refused = await team.give(admin, people[1]!, 'Clerk').expect(403);
    expect(refused.body).toMatchObject({ code: 'role_above_yours', permissions: ['gone:write'] });
    await team.give(team.owner, people[1]!, 'Clerk').expect(200);
    expect((await rightsOf(test, clerk)).permissions).toEqual(READS);
    const { body } = await test.http.get(path).set(clerk).expect(200);
    expect(body.permissions).toContainEqual({ name: 'gone:write', description: null });
    await change(path, { permissions: READS }).expect(200);
  });

  it('leave a line in the ledger of the organization, as do invitations, members and their roles', async () => {
    const path = await team.roleOf('Clerk', READS);
    await team.join(people[1]!, 'Clerk');
    await change(path, { description: 'Changed' }).expect(200);
    await team.give(team.owner, people[1]!, 'viewer').expect(200);
    await test.http.delete(path).set(team.owner).expect(204);
    await team.remove(team.owner, people[1]!).expect(204);
    const lines = await inTenant(
      test,
      team.id,
      `select type, user_id as "userId", actor_id as "actorId", details from organization_security_events
       where type like 'organizations.%' order by id`,
    );
    const [owner, member] = [people[0]!.id, people[1]!.id];
    expect(lines).toMatchObject([
      { type: 'organizations.role_created', userId: null, actorId: owner, details: { role: 'Clerk' } },
      { type: 'organizations.member_invited', actorId: owner, details: { email: people[1]!.email } },
      { type: 'organizations.member_joined', userId: member, actorId: member, details: { role: 'Clerk' } },
      { type: 'organizations.role_changed', actorId: owner },
      {
        type: 'organizations.member_role_changed',
        userId: member,
        actorId: owner,
        details: { role: 'viewer', previousRole: 'Clerk' },
      },
      { type: 'organizations.role_removed', actorId: owner },
      { type: 'organizations.member_removed', userId: member, actorId: owner },
    ]);
  });
});

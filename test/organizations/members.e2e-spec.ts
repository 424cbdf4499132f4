import { Seeds, type SeedUser } from '../../src/core/seeding/seeds';
import { type Caller, foundTeam, inTenant, rightsOf, signIn, type Team } from './organizations.fixture';
import { startApp, type TestApp } from '../support/app';
import { holding } from '../support/locks';

const NOBODY = '01920000-0000-7000-8000-000000000000';

describe('members of an organization', () => {
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

  const memberPath = ({ id }: SeedUser) => `${team.path}/members/${id}`;
  const leave = (caller: Caller) => test.http.delete(`${team.path}/membership`).set(caller);
  const ownersOf = async (caller: Caller) =>
    (await test.http.get(`${team.path}/members?filter[role]=owner`).set(caller).expect(200)).body.items;
  it('are listed to every member, by name and role, page by page', async () => {
    const viewer = await team.join(people[1]!, 'viewer');
    await team.join(people[2]!, 'editor');
    const path = `${team.path}/members?sort=createdAt&limit=2&count=true`;
    const first = await test.http.get(path).set(viewer).expect(200);
    const second = await test.http.get(`${path}&cursor=${first.body.nextCursor}`).set(viewer).expect(200);
    const all = [...first.body.items, ...second.body.items];
    expect(all.map(({ id, role }) => [id, role])).toEqual([
      [people[0]!.id, 'owner'],
      [people[1]!.id, 'viewer'],
      [people[2]!.id, 'editor'],
    ]);
    expect(first.body.total).toBe(3);
    expect(all[1]).toMatchObject({ name: people[1]!.name, email: people[1]!.email });
  });

  it('are not listed from a cursor that was made by hand', async () => {
    for (const name of ['\u0000', '\ud800', 7]) {
      const cursor = Buffer.from(JSON.stringify(['name', name, NOBODY])).toString('base64url');
      const { body } = await test.http
        .get(`${team.path}/members?sort=name&cursor=${cursor}`)
        .set(team.owner)
        .expect(400);
      expect(body.errors).toMatchObject([{ pointer: 'query.cursor' }]);
    }
  });

  it('have a tag that guards their role against a blind overwrite', async () => {
    await team.join(people[1]!, 'viewer');
    const { headers } = await test.http.get(memberPath(people[1]!)).set(team.owner).expect(200);
    const change = (role: string) =>
      team.give({ ...team.owner, 'if-match': headers.etag! } as Caller, people[1]!, role);
    const changed = await change('editor').expect(200);
    expect(changed.body.role).toBe('editor');
    expect(changed.headers.etag).not.toBe(headers.etag);
    expect((await change('admin').expect(412)).body.code).toBe('precondition_failed');
  });

  it('do not exist under an unknown id, and have no unknown role', async () => {
    const unknown = { id: NOBODY } as SeedUser;
    expect((await team.give(team.owner, unknown, 'viewer').expect(404)).body.code).toBe('member_not_found');
    expect((await team.remove(team.owner, unknown).expect(404)).body.code).toBe('member_not_found');
    await test.http.get(memberPath(unknown)).set(team.owner).expect(404);
    const { body } = await team.give(team.owner, people[0]!, 'emperor').expect(400);
    expect(body.errors).toMatchObject([{ pointer: '/role' }]);
  });

  it('are not managed by an editor or a viewer', async () => {
    await team.join(people[3]!, 'viewer');
    for (const role of ['editor', 'viewer'] as const) {
      const caller = await team.join(role === 'editor' ? people[1]! : people[2]!, role);
      const denied = await team.give(caller, people[3]!, 'viewer').expect(403);
      expect(denied.body).toMatchObject({ code: 'permission_denied', permission: 'members:write' });
      await team.remove(caller, people[3]!).expect(403);
      await test.http.get(`${team.path}/invitations`).set(caller).expect(403);
    }
  });

  it('never get a role above that of whoever gives it, nor lose one', async () => {
    const admin = await team.join(people[1]!, 'admin');
    await team.join(people[2]!, 'viewer');
    const answers = [
      await team.give(admin, people[2]!, 'owner'),
      await team.give(admin, people[1]!, 'owner'),
      await team.give(admin, people[0]!, 'viewer'),
      await team.remove(admin, people[0]!),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      answers.map(() => [403, 'role_above_yours']),
    );
    await team.give(admin, people[2]!, 'admin').expect(200);
    await team.give(team.owner, people[2]!, 'owner').expect(200);
  });

  it('have the new role at once, with the token they hold', async () => {
    const member = await team.join(people[1]!, 'viewer');
    expect((await rightsOf(test, member)).permissions).not.toContain('members:write');
    await team.give(team.owner, people[1]!, 'admin').expect(200);
    expect((await rightsOf(test, member)).permissions).toContain('members:write');
    const shouted = { id: people[1]!.id.toUpperCase() } as SeedUser;
    await team.give(team.owner, shouted, 'viewer').expect(200);
    await test.http.patch(team.path).set(member).send({ name: 'Mine' }).expect(403);
  });

  it('lose the organization at once when they are removed, with the token they hold', async () => {
    const member = await team.join(people[1]!, 'editor');
    await test.http.get(team.path).set(member).expect(200);
    await team.remove(team.owner, people[1]!).expect(204);
    expect((await test.http.get(team.path).set(member).expect(401)).body.code).toBe('invalid_token');
    await team.remove(team.owner, people[1]!).expect(404);
    const { email, password } = people[1]!;
    await test.http.post('/v1/auth/login').send({ email, password, organizationId: team.id }).expect(404);
  });

  it('leave by themselves', async () => {
    const member = await team.join(people[1]!, 'viewer');
    await leave(member).expect(204);
    await test.http.get(team.path).set(member).expect(401);
  });

  describe('the last owner', () => {
    const refused = { code: 'last_owner', status: 409 };

    it('cannot leave, step down, be removed or delete the account', async () => {
      await team.join(people[1]!, 'admin');
      expect((await leave(team.owner)).body).toMatchObject(refused);
      expect((await team.give(team.owner, people[0]!, 'admin')).body).toMatchObject(refused);
      expect((await team.remove(team.owner, people[0]!)).body).toMatchObject(refused);
      const deletion = test.http
        .delete('/v1/me')
        .set(team.owner)
        .send({ currentPassword: people[0]!.password });
      expect((await deletion).body).toMatchObject(refused);
      expect(await ownersOf(team.owner)).toMatchObject([{ id: people[0]!.id }]);
    });

    it('is settled when all owners step down at the same time', async () => {
      const owners = people.slice(1, 6);
      const callers = [team.owner];
      for (const user of owners) callers.push(await team.join(user, 'owner'));
      const answers = await Promise.all(
        callers.map((caller, index) => team.give(caller, people[index]!, 'viewer')),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(5).fill(200), 409]);
      expect(await ownersOf(team.owner)).toHaveLength(1);
    });

    it('is settled when all owners leave at the same time, or demote each other', async () => {
      const callers = [team.owner];
      for (const user of people.slice(1, 6)) callers.push(await team.join(user, 'owner'));
      const answers = await Promise.all(
        callers.map((caller, index) =>
          index < 4 ? leave(caller) : team.give(caller, people[9 - index]!, 'viewer'),
        ),
      );
      const rest = callers[answers.findIndex(({ status }) => status >= 400)] ?? callers[4]!;
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
      expect((await ownersOf(rest)).length).toBeGreaterThan(0);
    });

    it('is settled when two owners delete their accounts at the same time', async () => {
      const owners = people.slice(9, 11);
      team = await foundTeam(test, owners[0]!);
      await team.join(owners[1]!, 'owner');
      const callers = await Promise.all(owners.map((owner) => signIn(test, owner)));
      const statuses = await holding(test.database, async (holder) => {
        // Both are stopped when their memberships have gone, at the event that says so.
        await holder.sql('lock table outbox in share mode');
        const answers = callers.map((caller, index) =>
          test.http
            .delete('/v1/me')
            .set(caller)
            .send({ currentPassword: owners[index]!.password })
            .then(({ status }) => status),
        );
        await holder.waiting(2);
        await holder.release();
        return Promise.all(answers);
      });
      expect(statuses.toSorted()).toEqual([204, 409]);
      expect(await inTenant(test, team.id, `select from memberships where role = 'owner'`)).toHaveLength(1);
    });

    it('cannot take a role of the organization’s own', async () => {
      await team.roleOf('Regent', (await rightsOf(test, team.owner)).permissions);
      expect((await team.give(team.owner, people[0]!, 'Regent')).body).toMatchObject(refused);
      expect((await rightsOf(test, team.owner)).role).toBe('owner');
    });

    it('is settled when two owners demote each other, to whatever role', async () => {
      await team.roleOf('Guest', []);
      for (const role of ['Guest', 'viewer']) {
        const other = await team.join(people[1]!, 'owner');
        const answers = await Promise.all([
          team.give(team.owner, people[1]!, role),
          team.give(other, people[0]!, role),
        ]);
        expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
        team = await foundTeam(test, people[0]!);
        if (role === 'Guest') await team.roleOf('Guest', []);
      }
    });

    it('is settled when one owner leaves while the other is removed, or takes another role', async () => {
      await team.roleOf('Guest', []);
      for (const act of [
        (caller: Caller) => team.remove(caller, people[1]!),
        (caller: Caller) => team.give(caller, people[1]!, 'Guest'),
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
        await team.roleOf('Guest', []);
      }
    });
  });

  it('go with their account, and the other owner stays', async () => {
    const leaver = people[7]!;
    await team.join(leaver, 'owner');
    const caller = await signIn(test, leaver);
    const deletion = test.http.delete('/v1/me').set(caller).send({ currentPassword: leaver.password });
    await deletion.expect(204);
    expect(await ownersOf(team.owner)).toMatchObject([{ id: people[0]!.id }]);
  });
});

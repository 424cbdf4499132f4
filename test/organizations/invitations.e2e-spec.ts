import { Seeds, type SeedUser } from '../../src/core/seeding/seeds';
import { accept, foundTeam, inTenant, mailed, mailedToken, signIn, type Team } from './organizations.fixture';
import { startApp, type TestApp } from '../support/app';

describe('invitations to an organization', () => {
  let test: TestApp;
  let people: SeedUser[];
  let team: Team;
  let founder: SeedUser;
  let guest: SeedUser;

  beforeAll(async () => {
    test = await startApp();
    const { organizations } = await test.app.get(Seeds).run(3);
    people = organizations.flatMap(({ users }) => users);
    [founder, guest] = people as [SeedUser, SeedUser];
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    team = await foundTeam(test, founder);
  });

  const change = (path: string, changes: object) => test.http.patch(path).set(team.owner).send(changes);
  const open = async (): Promise<{ email: string }[]> =>
    (await test.http.get(`${team.path}/invitations`).set(team.owner).expect(200)).body.items;

  it('are mailed, shown to those who manage members, and accepted by the address they are for', async () => {
    const made = await team.invite(team.owner, guest.email.toUpperCase(), 'editor').expect(201);
    expect(made.body).toMatchObject({ email: guest.email, role: 'editor', invitedBy: founder.id });
    expect(JSON.stringify(made.body)).not.toContain('kin_');
    const read = await test.http.get(made.headers.location!).set(team.owner).expect(200);
    expect(read.body).toEqual(made.body);
    expect(await open()).toEqual([made.body]);

    const token = await mailedToken(test, guest.email);
    const { body } = await accept(test, await signIn(test, guest), token).expect(200);
    expect(body).toMatchObject({ id: team.id, role: 'editor' });
    expect(await open()).toEqual([]);
    const members = await test.http.get(`${team.path}/members`).set(await signIn(test, guest, team.id));
    expect(members.body.items).toContainEqual(expect.objectContaining({ id: guest.id, role: 'editor' }));
  });

  it('live seven days', async () => {
    const { body } = await team.invite(team.owner, 'new@example.com').expect(201);
    const days = (Date.parse(body.expiresAt) - Date.parse(body.createdAt)) / 86_400_000;
    expect(days).toBeCloseTo(7, 3);
  });

  it('cannot be accepted by another account, and stay open', async () => {
    await team.invite(team.owner, guest.email).expect(201);
    const token = await mailedToken(test, guest.email);
    const thief = await signIn(test, people[2]!);
    expect((await accept(test, thief, token).expect(403)).body.code).toBe('invitation_for_another_address');
    await test.http.get(team.path).set(thief).expect(404);
    await accept(test, await signIn(test, guest), token).expect(200);
  });

  it('cannot be accepted twice, after they were revoked, or after they expired', async () => {
    const caller = await signIn(test, guest);
    const refused = async (token: string) =>
      expect((await accept(test, caller, token).expect(400)).body.code).toBe('invitation_not_usable');

    const revoked = await team.invite(team.owner, guest.email).expect(201);
    await test.http.delete(revoked.headers.location!).set(team.owner).expect(204);
    await test.http.delete(revoked.headers.location!).set(team.owner).expect(404);
    await refused(await mailedToken(test, guest.email));

    await team.invite(team.owner, guest.email).expect(201);
    await inTenant(test, team.id, 'update invitations set expires_at = now()');
    await refused(await mailedToken(test, guest.email));
    expect(await open()).toEqual([]);

    await team.invite(team.owner, guest.email).expect(201);
    const token = await mailedToken(test, guest.email);
    await accept(test, caller, token).expect(200);
    await refused(token);
  });

  it('make one member when they are accepted many times at once', async () => {
    await team.invite(team.owner, guest.email).expect(201);
    const token = await mailedToken(test, guest.email);
    const caller = await signIn(test, guest);
    const answers = await Promise.all(Array.from({ length: 6 }, () => accept(test, caller, token)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(5).fill(400)]);
  });

  it('are replayed under an Idempotency-Key, from within another organization', async () => {
    await team.invite(team.owner, guest.email).expect(201);
    const token = await mailedToken(test, guest.email);
    const caller = { ...(await signIn(test, guest)), 'idempotency-key': 'accepting-0001' };
    const first = await accept(test, caller, token).expect(200);
    const second = await accept(test, caller, token).expect(200);
    expect(second.body).toEqual(first.body);
  });

  it('are not opened by strings that are no token of ours', async () => {
    const caller = await signIn(test, guest);
    await team.invite(team.owner, guest.email).expect(201);
    const token = await mailedToken(test, guest.email);
    const changed = token.slice(0, -1) + (token.endsWith('A') ? 'Q' : 'A');
    for (const wrong of [changed, token.slice(0, -1), `kin_${'A'.repeat(64)}`, 'kin_', '€', '\u0000']) {
      expect((await accept(test, caller, wrong).expect(400)).body.code).toBe('invitation_not_usable');
    }
    await accept(test, caller, '').expect(400);
    await test.http.post('/v1/organizations/invitations/acceptance').send({ token }).expect(401);
  });

  it('are one for each address, also when they are made at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => team.invite(team.owner, 'one@example.com')),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(4).fill(409)]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('already_invited');
    expect((await team.invite(team.owner, founder.email).expect(409)).body.code).toBe('already_member');
  });

  it('are made by those who manage members, to no role above their own', async () => {
    const admin = await team.join(guest, 'admin');
    const editor = await team.join(people[2]!, 'editor');
    expect((await team.invite(admin, 'a@example.com', 'owner').expect(403)).body.code).toBe(
      'role_above_yours',
    );
    expect((await team.invite(editor, 'a@example.com').expect(403)).body.code).toBe('permission_denied');
    await team.invite(admin, 'a@example.com', 'admin').expect(201);
    const { body } = await team.invite(admin, 'not an address', ' ').expect(400);
    expect(body.errors).toMatchObject([{ pointer: '/email' }, { pointer: '/role' }]);
    const unknown = await team.invite(admin, 'b@example.com', 'emperor').expect(400);
    expect(unknown.body.errors).toMatchObject([{ pointer: '/role', code: 'unknown_role' }]);
  });

  it('lapse with the standing of whoever made them', async () => {
    const admin = await team.join(guest, 'admin');
    await team.invite(admin, people[2]!.email, 'admin').expect(201);
    const token = await mailedToken(test, people[2]!.email);
    await test.http.delete(`${team.path}/members/${guest.id}`).set(team.owner).expect(204);
    expect(await open()).toEqual([]);
    await accept(test, await signIn(test, people[2]!), token).expect(400);
  });

  it('name the organization on one line of the mail, whatever it is called', async () => {
    await test.http
      .patch(team.path)
      .set(team.owner)
      .send({ name: 'Night\r\nBcc: all@example.com' })
      .expect(200);
    await team.invite(team.owner, 'lines@example.com').expect(201);
    const { subject } = await mailed(test, 'lines@example.com');
    expect(subject).toBe('You are invited to Night Bcc: all@example.com');
  });

  it('lapse when the role of whoever made them is narrowed, or they get a lesser one', async () => {
    const path = await team.roleOf('Manager', [
      'members:read',
      'members:write',
      'organizations:read',
      'roles:write',
    ]);
    const manager = await team.join(people[1]!, 'Manager');
    await team.roleOf('Reader', ['members:read']);
    const caller = await signIn(test, people[2]!);
    await team.invite(manager, people[2]!.email, 'Reader').expect(201);
    const token = await mailedToken(test, people[2]!.email);
    await change(path, { description: 'The same rights' }).expect(200);
    expect(await open()).toHaveLength(1);
    await change(path, { permissions: ['members:write', 'organizations:read'] }).expect(200);
    expect(await open()).toEqual([]);
    expect((await accept(test, caller, token).expect(400)).body.code).toBe('invitation_not_usable');

    const admin = await team.join(people[3]!, 'admin');
    await team.invite(admin, people[2]!.email, 'Reader').expect(201);
    await team.invite(team.owner, 'b@example.com', 'Reader').expect(201);
    await team.give(team.owner, people[3]!, 'Manager').expect(200);
    expect(await open()).toMatchObject([{ email: 'b@example.com' }]);
  });

  it('lapse when the role that they offer comes to allow more than whoever made them may give', async () => {
    const path = await team.roleOf('Reader', ['members:read']);
    const admin = await team.join(people[1]!, 'admin');
    await team.invite(admin, 'a@example.com', 'Reader').expect(201);
    await team.invite(team.owner, 'b@example.com', 'Reader').expect(201);
    await change(path, { permissions: ['members:read', 'organizations:remove'] }).expect(200);
    expect(await open()).toMatchObject([{ email: 'b@example.com' }]);
  });
});

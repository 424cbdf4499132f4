import { Seeds, type SeedUser } from '../src/core/seeding/seeds';
import {
  accept,
  type Caller,
  foundTeam,
  inTenant,
  mailed,
  mailedToken,
  signIn,
  type Team,
} from './organizations.team';
import { startApp, type TestApp } from './support/app';

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
  afterAll(() => test.close());
  beforeEach(async () => {
    team = await foundTeam(test, founder);
  });

  const invite = (caller: Caller, email: string, role = 'viewer') =>
    test.http.post(`${team.path}/invitations`).set(caller).send({ email, role });
  const open = async (): Promise<{ email: string }[]> =>
    (await test.http.get(`${team.path}/invitations`).set(team.owner).expect(200)).body.items;

  it('are mailed, shown to those who manage members, and accepted by the address they are for', async () => {
    const made = await invite(team.owner, guest.email.toUpperCase(), 'editor').expect(201);
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
    const { body } = await invite(team.owner, 'new@example.com').expect(201);
    const days = (Date.parse(body.expiresAt) - Date.parse(body.createdAt)) / 86_400_000;
    expect(days).toBeCloseTo(7, 3);
  });

  it('cannot be accepted by another account, and stay open', async () => {
    await invite(team.owner, guest.email).expect(201);
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

    const revoked = await invite(team.owner, guest.email).expect(201);
    await test.http.delete(revoked.headers.location!).set(team.owner).expect(204);
    await test.http.delete(revoked.headers.location!).set(team.owner).expect(404);
    await refused(await mailedToken(test, guest.email));

    await invite(team.owner, guest.email).expect(201);
    await inTenant(test, team.id, 'update invitations set expires_at = now()');
    await refused(await mailedToken(test, guest.email));
    expect(await open()).toEqual([]);

    await invite(team.owner, guest.email).expect(201);
    const token = await mailedToken(test, guest.email);
    await accept(test, caller, token).expect(200);
    await refused(token);
  });

  it('make one member when they are accepted many times at once', async () => {
    await invite(team.owner, guest.email).expect(201);
    const token = await mailedToken(test, guest.email);
    const caller = await signIn(test, guest);
    const answers = await Promise.all(Array.from({ length: 6 }, () => accept(test, caller, token)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(5).fill(400)]);
  });

  it('are replayed under an Idempotency-Key, from within another organization', async () => {
    await invite(team.owner, guest.email).expect(201);
    const token = await mailedToken(test, guest.email);
    const caller = { ...(await signIn(test, guest)), 'idempotency-key': 'accepting-0001' };
    const first = await accept(test, caller, token).expect(200);
    const second = await accept(test, caller, token).expect(200);
    expect(second.body).toEqual(first.body);
  });

  it('are not opened by strings that are no token of ours', async () => {
    const caller = await signIn(test, guest);
    await invite(team.owner, guest.email).expect(201);
    const token = await mailedToken(test, guest.email);
    const changed = token.slice(0, -1) + (token.endsWith('A') ? 'Q' : 'A');
    for (const wrong of [changed, token.slice(0, -1), `kin_${'A'.repeat(64)}`, 'kin_', '€', '\u0000']) {
      expect((await accept(test, caller, wrong).expect(400)).body.code).toBe('invitation_not_usable');
    }
    await accept(test, caller, '').expect(400);
    await test.http.post('/v1/organizations/invitations/acceptance').send({ token }).expect(401);
  });

  it('are one for each address, also when they are made at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => invite(team.owner, 'one@example.com')));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(4).fill(409)]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('already_invited');
    expect((await invite(team.owner, founder.email).expect(409)).body.code).toBe('already_member');
  });

  it('are made by those who manage members, to no role above their own', async () => {
    const admin = await team.join(guest, 'admin');
    const editor = await team.join(people[2]!, 'editor');
    expect((await invite(admin, 'a@example.com', 'owner').expect(403)).body.code).toBe('role_above_yours');
    expect((await invite(editor, 'a@example.com').expect(403)).body.code).toBe('permission_denied');
    await invite(admin, 'a@example.com', 'admin').expect(201);
    const { body } = await invite(admin, 'not an address', ' ').expect(400);
    expect(body.errors).toMatchObject([{ pointer: '/email' }, { pointer: '/role' }]);
    const unknown = await invite(admin, 'b@example.com', 'emperor').expect(400);
    expect(unknown.body.errors).toMatchObject([{ pointer: '/role', code: 'unknown_role' }]);
  });

  it('lapse with the standing of whoever made them', async () => {
    const admin = await team.join(guest, 'admin');
    await invite(admin, people[2]!.email, 'admin').expect(201);
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
    await invite(team.owner, 'lines@example.com').expect(201);
    const { subject } = await mailed(test, 'lines@example.com');
    expect(subject).toBe('You are invited to Night Bcc: all@example.com');
  });
});

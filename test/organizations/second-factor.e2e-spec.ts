import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import type { SeedUser } from '../../src/core/seeding/seeds';
import { type Caller, foundTeam, inTenant, signIn, type Team } from './organizations.fixture';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { Accounts, bearer, type Owner } from '../support/second-factors';

describe('An organization that lets in only members with a second factor', () => {
  let test: TestApp;
  let accounts: Accounts;

  beforeAll(async () => {
    test = await startApp();
    accounts = await new Accounts(test).prepare(8);
  });
  afterAll(() => test?.close());

  /** A team whose founder, in the session that `team.owner` is, has set up an app. */
  const secured = async (): Promise<{ team: Team; founder: Owner }> => {
    const person = accounts.someone();
    const team = await foundTeam(test, person);
    return { team, founder: await accounts.enrol(person, team.owner) };
  };
  const decide = (team: Team, caller: Caller, requiresSecondFactor: boolean) =>
    test.http.patch(team.path).set(caller).send({ requiresSecondFactor });
  const look = (team: Team, caller: Caller) => test.http.get(team.path).set(caller);
  const codeOf = async (team: Team, caller: Caller) => (await look(team, caller)).body.code;
  /** Somebody in the team, with the session they joined it by. */
  const member = async (team: Team, role: 'owner' | 'admin' | 'viewer') => {
    const person = accounts.someone();
    return { person, session: await team.join(person, role) };
  };
  const enter = async (owner: Owner, organizationId: string, answer: object) => {
    const { email, password } = owner;
    const first = await test.http
      .post('/v1/auth/login')
      .send({ email, password, organizationId })
      .expect(401);
    const { body } = await accounts.answer({ challenge: first.body.challenge, ...answer }).expect(200);
    return bearer(body.accessToken);
  };

  it('is made one by an owner who signed in with one, and shows that it is', async () => {
    const { team } = await secured();
    expect((await look(team, team.owner).expect(200)).body.requiresSecondFactor).toBe(false);
    const { body } = await decide(team, team.owner, true).expect(200);
    expect(body.requiresSecondFactor).toBe(true);
    const listed = await test.http.get('/v1/organizations').set(team.owner).expect(200);
    const shown = listed.body.items.map((one: { id: string; requiresSecondFactor: boolean }) => [
      one.id,
      one.requiresSecondFactor,
    ]);
    expect(shown).toContainEqual([team.id, true]);
  });

  it('is not made one by an owner without one, who would lock out everybody', async () => {
    const team = await foundTeam(test, accounts.someone());
    expect((await decide(team, team.owner, true).expect(403)).body.code).toBe('second_factor_required');
    expect((await look(team, team.owner).expect(200)).body.requiresSecondFactor).toBe(false);
  });

  it('is not made one by an admin, also with a second factor, who may change all else', async () => {
    const { team } = await secured();
    const { person, session } = await member(team, 'admin');
    await accounts.enrol(person, session);
    for (const required of [true, false]) {
      const change = { name: 'Day watch', requiresSecondFactor: required };
      const { status, body } = await test.http.patch(team.path).set(session).send(change);
      expect([status, body.code ?? body.name]).toEqual(
        required ? [403, 'permission_denied'] : [200, 'Day watch'],
      );
    }
  });

  it('takes no member in before they have one, also who is in already, and leaves them their account', async () => {
    const { team } = await secured();
    const { person, session } = await member(team, 'viewer');
    await look(team, session).expect(200);
    await decide(team, team.owner, true).expect(200);
    expect(await codeOf(team, session)).toBe('second_factor_required');
    expect(await codeOf(team, await signIn(test, person, team.id))).toBe('second_factor_required');
    await test.http.get('/v1/me').set(session).expect(200);
    await test.http.get('/v1/organizations').set(session).expect(200);
  });

  it('takes them in as soon as they have set one up, without another sign-in', async () => {
    const { team } = await secured();
    await decide(team, team.owner, true).expect(200);
    const { person, session } = await member(team, 'viewer');
    expect(await codeOf(team, session)).toBe('second_factor_required');
    const owner = await accounts.enrol(person, session);
    await look(team, session).expect(200);
    for (const answer of [{ code: owner.code() }, { recoveryCode: owner.recoveryCodes[0] }]) {
      await look(team, await enter(owner, team.id, answer)).expect(200);
    }
  });

  it('puts them out again when they remove it', async () => {
    const { team } = await secured();
    await decide(team, team.owner, true).expect(200);
    const { person, session } = await member(team, 'viewer');
    await accounts.enrol(person, session);
    await look(team, session).expect(200);
    await test.http.delete('/v1/me/totp').set(session).expect(204);
    expect(await codeOf(team, session)).toBe('second_factor_required');
  });

  it('does not bind other organizations of the same people', async () => {
    const { team } = await secured();
    const { person } = await member(team, 'viewer');
    const other = await foundTeam(test, person);
    await decide(team, team.owner, true).expect(200);
    await look(other, other.owner).expect(200);
  });

  it('waives it again by the word of an owner, for members who are signed in, too', async () => {
    const { team, founder } = await secured();
    const { session } = await member(team, 'viewer');
    const second = await member(team, 'owner');
    await decide(team, team.owner, true).expect(200);
    expect(await codeOf(team, session)).toBe('second_factor_required');
    expect((await decide(team, second.session, false).expect(403)).body.code).toBe('second_factor_required');
    await decide(team, team.owner, false).expect(200);
    await look(team, session).expect(200);
    expect(await eventsOf(team, founder)).toEqual([
      'organizations.second_factor_demanded',
      'organizations.second_factor_waived',
    ]);
  });

  describe('on two instances', () => {
    let other: NestFastifyApplication;
    beforeAll(async () => {
      other = await test.another();
      await other.listen(0, '127.0.0.1');
    });
    afterAll(() => other?.close());

    it('is one on both within a second', async () => {
      const { team } = await secured();
      const { session } = await member(team, 'viewer');
      const elsewhere = request(await other.getUrl());
      const there = () => elsewhere.get(team.path).set(session);
      await there().expect(200);
      await decide(team, team.owner, true).expect(200);
      await eventually(() => there().expect(403), 10_000);
    });
  });

  const eventsOf = async ({ id }: Team, { id: userId }: SeedUser) => {
    const text = `select type from organization_security_events where tenant_id = $1 and user_id = $2
      and type like 'organizations.second_factor%' order by created_at, id`;
    const rows = await inTenant(test, id, text, [id, userId]);
    return rows.map(({ type }: { type: string }) => type);
  };
});

import { DataSource } from 'typeorm';
import { PayloadSeal } from '../../src/core/jobs/payload-seal';
import { runInScope } from '../../src/core/context';
import type { SeedUser } from '../../src/core/seeding/seeds';
import type { Test } from 'supertest';
import type { TestApp } from '../support/app';

/** The headers of somebody who is signed in. */
export type Caller = { readonly authorization: string };

/** An organization of its own for a test, founded and joined over HTTP. */
export interface Team {
  readonly id: string;
  readonly path: string;
  readonly owner: Caller;
  /** Invites, accepts, and enters the organization. */
  join(user: SeedUser, role: string): Promise<Caller>;
  invite(caller: Caller, email: string, role?: string): Test;
  /** Gives a member another role. */
  give(caller: Caller, user: Pick<SeedUser, 'id'>, role: string): Test;
  remove(caller: Caller, user: Pick<SeedUser, 'id'>): Test;
  /** Defines a role. */
  define(caller: Caller, name: string, permissions: string[]): Test;
  /** The address of a role that the owner defines. */
  roleOf(name: string, permissions: string[]): Promise<string>;
}

type Person = Pick<SeedUser, 'email' | 'password'>;

/** Signs in with the organization active, or with the oldest membership. */
export async function signIn(test: TestApp, person: Person, organizationId?: string): Promise<Caller> {
  const { email, password } = person;
  const { body } = await test.http
    .post('/v1/auth/login')
    .send({ email, password, organizationId })
    .expect(200);
  return { authorization: `Bearer ${body.accessToken}` };
}

const sessions = new WeakMap<TestApp, Map<string, Promise<Caller>>>();

/** One session a person and test file: proving a password takes its time, on purpose. */
function session(test: TestApp, person: Person): Promise<Caller> {
  const known = sessions.get(test) ?? new Map<string, Promise<Caller>>();
  sessions.set(test, known);
  if (!known.has(person.email)) known.set(person.email, signIn(test, person));
  return known.get(person.email)!;
}

/** That session, with the organization active. */
async function enter(test: TestApp, person: Person, organizationId: string): Promise<Caller> {
  const { body } = await test.http
    .put('/v1/auth/session/organization')
    .set(await session(test, person))
    .send({ organizationId })
    .expect(200);
  return { authorization: `Bearer ${body.accessToken}` };
}

export async function foundTeam(test: TestApp, founder: Person): Promise<Team> {
  const { body } = await test.http
    .post('/v1/organizations')
    .set(await session(test, founder))
    .send({ name: 'Night watch' })
    .expect(201);
  const path = `/v1/organizations/${body.id}`;
  const owner = await enter(test, founder, body.id);
  const invite = (caller: Caller, email: string, role = 'viewer') =>
    test.http.post(`${path}/invitations`).set(caller).send({ email, role });
  const define = (caller: Caller, name: string, permissions: string[]) =>
    test.http.post(`${path}/roles`).set(caller).send({ name, permissions });
  return {
    id: body.id,
    path,
    owner,
    invite,
    define,
    give: (caller, { id }, role) => test.http.patch(`${path}/members/${id}`).set(caller).send({ role }),
    remove: (caller, { id }) => test.http.delete(`${path}/members/${id}`).set(caller),
    roleOf: async (name, permissions) =>
      (await define(owner, name, permissions).expect(201)).headers.location!,
    async join(user, role) {
      await invite(owner, user.email, role).expect(201);
      await accept(test, await session(test, user), await mailedToken(test, user.email)).expect(200);
      return enter(test, user, body.id);
    },
  };
}

export const accept = (test: TestApp, invitee: Caller, token: string) =>
  test.http.post('/v1/organizations/invitations/acceptance').set(invitee).send({ token });

/** The newest mail to the address, as it waits to be sent. */
export async function mailed(test: TestApp, address: string): Promise<{ subject: string; text: string }> {
  const subject = 'job:mail.send';
  const rows: { payload: unknown }[] = await test.app
    .get(DataSource)
    .query('select payload from outbox where subject = $1 order by id desc', [subject]);
  const mails = rows.map(({ payload }) => test.app.get(PayloadSeal).open(subject, payload));
  return mails.find((mail) => (mail as { to: string }).to === address) as { subject: string; text: string };
}

/** The token in it. */
export const mailedToken = async (test: TestApp, address: string): Promise<string> =>
  /kin_[\w-]+/.exec((await mailed(test, address)).text)![0];

/** What the application's own database role sees inside a tenant. */
export const inTenant = (test: TestApp, tenantId: string, statement: string, values: unknown[] = []) =>
  runInScope({ tenantId }, () => test.app.get(DataSource).query(statement, values));

/** What the caller may do in the organization that is active. */
export const rightsOf = async (test: TestApp, caller: Caller) =>
  (await test.http.get('/v1/me/permissions').set(caller).expect(200)).body;

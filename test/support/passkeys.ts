import { Client } from 'pg';
import { type SeedUser, Seeds } from '../../src/core/seeding/seeds';
import { accessToken, type TestApp } from './app';
import type { Authenticator, Forgery } from './authenticator';

/** Where browsers see the pages of the application under test: a passkey cannot belong to an IP address. */
export const ORIGIN = 'http://localhost:3000';

/** Somebody, and what they send to be known. */
export interface Person extends SeedUser {
  readonly headers: { readonly authorization: string };
}

/** Passkeys over HTTP, as a front end uses them. */
export class Passkeys {
  private readonly spare: SeedUser[] = [];

  constructor(private readonly test: TestApp) {}

  /** Makes people to try things on. */
  async prepare(organizations: number): Promise<this> {
    // First: without a module that keeps organizations, `seed()` settles which there are.
    const plan = await this.test.app.get(Seeds).run(organizations);
    this.spare.push(...plan.organizations.flatMap(({ users }) => users));
    return this;
  }

  /** Somebody who has just signed in with a password, and has no passkey yet. */
  async person(): Promise<Person> {
    const user = this.spare.pop()!;
    const authorization = `Bearer ${await accessToken(this.test.http, user)}`;
    return { ...user, headers: { authorization } };
  }

  /** Somebody whose passkey is in `device`. */
  async owner(device: Authenticator): Promise<Person> {
    const owner = await this.person();
    expect(await this.register(owner, device)).toMatchObject({ status: 201 });
    return owner;
  }

  async creationOptions({ headers }: Person) {
    return (await this.test.http.post('/v1/me/passkeys/options').set(headers).expect(200)).body;
  }

  async requestOptions() {
    return (await this.test.http.post('/v1/auth/passkeys/options').expect(200)).body;
  }

  add({ headers }: Person, body: { challenge: string; credential: unknown; name?: unknown }) {
    return this.test.http
      .post('/v1/me/passkeys')
      .set(headers)
      .send({ name: 'Phone', ...body });
  }

  signIn(body: { challenge: string; credential: unknown }) {
    return this.test.http.post('/v1/auth/passkeys').send(body);
  }

  async register(owner: Person, device: Authenticator, forgery?: Forgery) {
    const { challenge, publicKey } = await this.creationOptions(owner);
    return this.add(owner, { challenge, credential: device.create(publicKey, forgery) });
  }

  /** Answers fresh options with the passkey in `device`. */
  async answer(device: Authenticator, forgery?: Forgery) {
    const { challenge, publicKey } = await this.requestOptions();
    return { challenge, credential: device.get(publicKey, forgery) };
  }

  async enter(device: Authenticator, forgery?: Forgery) {
    return this.signIn(await this.answer(device, forgery));
  }

  /** What the application would not let anybody do. */
  async sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.test.database.ownerUrl });
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** The kinds of what the ledger says of the user, in order. */
  async eventsOf({ id }: Person): Promise<unknown[]> {
    const rows = await this.sql(
      `select type from security_events where user_id = $1 and type like 'auth.passkey%' order by id`,
      [id],
    );
    return rows.map(({ type }) => type);
  }
}

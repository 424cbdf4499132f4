import { Client } from 'pg';
import type { SeedOrganization } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';

export const READ = 'api-keys:read';
export const DAY_MS = 86_400_000;

export type Headers = { authorization: string };
export type Key = { id: string; secret: string; scopes: string[]; expiresAt: string; hint: string };

export const as = (secret: string): Headers => ({ authorization: `Bearer ${secret}` });

/** The application, and those who make and use the keys of an organization. */
export class Keeper {
  private constructor(
    readonly test: TestApp,
    readonly own: SeedOrganization,
    readonly owner: Headers,
    readonly stranger: Headers,
  ) {}

  static async start(): Promise<Keeper> {
    const test = await startApp();
    const [own, foreign] = test.plan.organizations as [SeedOrganization, SeedOrganization];
    const [owner, stranger] = [await test.signIn(own, 'owner'), await test.signIn(foreign, 'owner')];
    return new Keeper(test, own, owner, stranger);
  }

  close(): Promise<void> {
    return this.test.close();
  }

  post(by: Headers, input: object = {}) {
    return this.test.http
      .post('/v1/api-keys')
      .set(by)
      .send({ name: 'Import', scopes: [READ], ...input });
  }

  async create(input: object = {}, by = this.owner): Promise<Key> {
    return (await this.post(by, input).expect(201)).body;
  }

  rotate(id: string, input: object = {}, by = this.owner) {
    return this.test.http.post(`/v1/api-keys/${id}/rotation`).set(by).send(input);
  }

  /** Something that a key with the scope api-keys:read may do. */
  use(secret: string) {
    return this.test.http.get('/v1/api-keys?limit=1').set(as(secret));
  }

  async statusOf(secret: string): Promise<number> {
    return (await this.use(secret)).status;
  }

  /** As the owner of the tables, in the organization. */
  async sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.test.database.ownerUrl });
    await client.connect();
    try {
      await client.query(`select set_config('app.tenant_id', $1, false)`, [this.own.id]);
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Has every instance look the key up again. */
  forget(id: string) {
    return this.sql('select pg_notify($1, $2)', [
      'authentication_changed',
      JSON.stringify({ sessionId: id }),
    ]);
  }

  /** Another session of the owner. */
  async signInAgain(): Promise<{ headers: Headers; sessionId: string }> {
    const { email, password } = this.own.users[0]!;
    const { body } = await this.test.http.post('/v1/auth/login').send({ email, password }).expect(200);
    const claims = JSON.parse(Buffer.from(body.accessToken.split('.')[1], 'base64url').toString());
    return { headers: as(body.accessToken), sessionId: claims.sid };
  }
}

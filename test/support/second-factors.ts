import { Secret, TOTP } from 'otpauth';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { PayloadSeal } from '../../src/core/jobs/payload-seal';
import { Seeds, type SeedUser } from '../../src/core/seeding/seeds';
import type { TestApp } from './app';

const STEP_MS = 30_000;

type Headers = { readonly authorization: string };

/** Somebody who owns an authenticator app, and is signed in. */
export interface Owner extends SeedUser {
  readonly headers: Headers;
  readonly secret: Buffer;
  readonly recoveryCodes: string[];
  /** What the app shows, or will or did show some steps from now. */
  code(steps?: number): string;
}

/** People, and what a front end does to give them a second factor and to ask for it. */
export class Accounts {
  private people: SeedUser[] = [];

  constructor(private readonly test: TestApp) {}

  /** Demo people enough, each of whom a test takes for itself. */
  async prepare(organizations: number): Promise<this> {
    const plan = await this.test.app.get(Seeds).run(organizations);
    this.people = plan.organizations.flatMap(({ users }) => users);
    return this;
  }

  someone(role?: string): SeedUser {
    const index = this.people.findLastIndex((person) => !role || person.role === role);
    return this.people.splice(index, 1)[0]!;
  }

  login({ email, password }: SeedUser) {
    return this.test.http.post('/v1/auth/login').send({ email, password });
  }

  async signIn(person: SeedUser): Promise<Headers> {
    return bearer((await this.login(person).expect(200)).body.accessToken);
  }

  begin(headers: Headers) {
    return this.test.http.post('/v1/me/totp').set(headers);
  }

  confirm(headers: Headers, body: object) {
    return this.test.http.put('/v1/me/totp').set(headers).send(body);
  }

  /** Somebody who has just set up an app. */
  owner(role?: string): Promise<Owner> {
    return this.enrol(this.someone(role));
  }

  /** Sets an app up, in a new session or in that of the headers. */
  async enrol(person: SeedUser, session?: Headers): Promise<Owner> {
    const headers = session ?? (await this.signIn(person));
    const begun = (await this.begin(headers).expect(200)).body;
    const secret = bytesOf(begun.secret);
    const code = (steps = 0) => codeAt(secret, Date.now() + steps * STEP_MS);
    const { body } = await this.confirm(headers, { challenge: begun.challenge, code: code() }).expect(200);
    await this.forgetStep(person);
    return { ...person, headers, secret, recoveryCodes: body.recoveryCodes, code };
  }

  /** As if the last code had been long ago, so that a test need not wait for the next. */
  async forgetStep({ id }: SeedUser): Promise<void> {
    await this.sql('update auth_totp set last_step = 0 where user_id = $1', [id]);
  }

  /** The challenge that the first factor earns. */
  async challenge(person: SeedUser): Promise<string> {
    return (await this.login(person).expect(401)).body.challenge;
  }

  challenges(person: SeedUser, count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.challenge(person)));
  }

  /** Wrong codes, as many as each challenge takes. */
  async guess(owner: Owner, count: number) {
    const challenges = await this.challenges(owner, Math.ceil(count / 5));
    const answers = [];
    for (let round = 0; round < count; round += 1) {
      const challenge = challenges[Math.floor(round / 5)];
      answers.push(await this.answer({ challenge, code: this.wrongCode(owner) }));
    }
    return answers;
  }

  answer(body: object) {
    return this.test.http.post('/v1/auth/login/second-factor').send(body);
  }

  /** The whole sign-in of an owner. */
  async enter(owner: Owner, answer: object = { code: owner.code() }) {
    return this.answer({ challenge: await this.challenge(owner), ...answer });
  }

  /** Six digits that are not right now, nor soon. */
  wrongCode({ secret }: Owner): string {
    const right = [-3, -2, -1, 0, 1, 2, 3].map((steps) => codeAt(secret, Date.now() + steps * STEP_MS));
    return ['000000', '111111', '222222', '333333'].find((one) => !right.includes(one))!;
  }

  /** The newest mail to the address, as it waits to be sent. */
  async mailed(address: string): Promise<{ subject: string; text: string }[]> {
    const subject = 'job:mail.send';
    const rows: { payload: unknown }[] = await this.test.app
      .get(DataSource)
      .query('select payload from outbox where subject = $1 order by id', [subject]);
    const mails = rows.map(({ payload }) => this.test.app.get(PayloadSeal).open(subject, payload));
    return (mails as { to: string; subject: string; text: string }[]).filter(({ to }) => to === address);
  }

  /** What the ledger says of the person. */
  async eventsOf({ id }: SeedUser): Promise<string[]> {
    const rows = await this.sql('select type from security_events where user_id = $1 order by id', [id]);
    return rows.map(({ type }) => type as string);
  }

  /** As the owner of the tables, whom no policy stops. */
  async sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.test.database.ownerUrl });
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  }
}

export const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

/** The secret of an app, as people type it. */
export const bytesOf = (base32: string): Buffer => Buffer.from(Secret.fromBase32(base32).bytes);

/** What an app with the secret shows now. */
export const codeOf = (base32: string): string => codeAt(bytesOf(base32), Date.now());

const codeAt = (secret: Buffer, timestamp: number): string =>
  TOTP.generate({ secret: new Secret({ buffer: Uint8Array.from(secret).buffer }), timestamp });

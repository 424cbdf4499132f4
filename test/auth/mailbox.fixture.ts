import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { WorkerRuntime } from '../../src/core/jobs/worker-runtime';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { holding } from '../support/locks';
import { type MailServer, startMailServer } from '../support/smtp';

export interface Received {
  readonly subject: string;
  readonly text: string;
  /** The token in it, if there is one. */
  readonly token: string;
}

/** The application with its worker, a mail server beside it, and people who read their mail. */
export class Mailbox {
  static readonly PASSWORD = 'correct horse battery';

  private constructor(
    readonly app: TestApp,
    private readonly server: MailServer,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<Mailbox> {
    const server = await startMailServer();
    const app = await startApp({ SMTP_URL: server.url, ...env });
    await app.app.get(WorkerRuntime).start();
    return new Mailbox(app, server);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.server.close();
  }

  /** An address that nobody has used. */
  address(): string {
    return `${randomUUID()}@example.com`;
  }

  register(email: string, password = Mailbox.PASSWORD) {
    return this.app.http.post('/v1/auth/register').send({ email, password, name: 'Ada Lovelace' });
  }

  login(email: string, password = Mailbox.PASSWORD) {
    return this.app.http.post('/v1/auth/login').send({ email, password });
  }

  /** The address of somebody who has registered and verified it. */
  async account(password = Mailbox.PASSWORD): Promise<string> {
    const email = this.address();
    await this.register(email, password).expect(202);
    const { token } = await this.newest(email, 'Confirm your e-mail address');
    await this.app.http.put('/v1/auth/email/verification').send({ token }).expect(204);
    return email;
  }

  /** The `Authorization` header of somebody who signs in by password. */
  async signIn(email: string, password = Mailbox.PASSWORD): Promise<{ authorization: string }> {
    const { body } = await this.login(email, password).expect(200);
    return { authorization: `Bearer ${body.accessToken}` };
  }

  /** What has come for the address under this subject, once it is at least so many mails. */
  received(email: string, subject: string, least = 1): Promise<Received[]> {
    return eventually(() => {
      const found = this.server.received
        .filter(({ to, parsed }) => to === email && parsed.subject === subject)
        .map(({ parsed: { text = '' } }) => ({
          subject,
          text,
          token: /k\w\w_[\w-]{43}/.exec(text)?.[0] ?? '',
        }));
      if (found.length < least) throw new Error(`${found.length} of ${least} mails: ${subject}`);
      return found;
    });
  }

  async newest(email: string, subject: string, least = 1): Promise<Received> {
    return (await this.received(email, subject, least)).at(-1)!;
  }

  /** What the ledger says of whoever has the address, oldest first. */
  async events(email: string): Promise<string[]> {
    const rows = await this.sql(
      'select type from security_events where user_id = (select id from users where email = $1) order by id',
      [email],
    );
    return rows.map(({ type }) => type as string);
  }

  /** As the owner of the tables, whom no policy stops. */
  async sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return this.session((client) => client.query(text, values).then(({ rows }) => rows));
  }

  /** Runs `work` on a connection of the owner of the tables. */
  async session<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.app.database.ownerUrl });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Resolves once `count` statements wait for a lock. */
  async waiting(count: number): Promise<void> {
    await holding(this.app.database, (holder) => holder.waiting(count));
  }
}

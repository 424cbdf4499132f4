import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { currentContext } from '../../src/core/context';
import { Accounts } from '../support/second-factors';
import { startApp, type TestApp } from '../support/app';

interface Sent {
  readonly text?: string;
  readonly values?: readonly unknown[];
  /** What goes before it, in the same packet. */
  readonly before?: readonly Sent[];
}

/** What each request makes the server do, in order: statements, messages, and hashes of passwords. */
class Work {
  private readonly done = new Map<string, string[]>();

  /** Listens at the edges of the process: to what goes to PostgreSQL, and to what argon2 is asked for. */
  listen(): void {
    const note = (sent: Sent) => this.sent(sent);
    const query = Client.prototype.query as (...given: unknown[]) => unknown;
    jest.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...given: unknown[]) {
      note(given[0] as Sent);
      return query.apply(this, given) as never;
    });
    const argon2 =
      jest.requireActual<Record<'hash' | 'verify', (...given: unknown[]) => unknown>>('@node-rs/argon2');
    for (const name of ['hash', 'verify'] as const) {
      const original = argon2[name];
      jest.spyOn(argon2, name).mockImplementation((...given) => {
        this.note(`argon2 ${name}`);
        return original(...given);
      });
    }
  }

  of(requestId: string): string[] {
    return this.done.get(requestId) ?? [];
  }

  private sent({ text = '', values, before = [] }: Sent): void {
    for (const one of before) this.sent(one);
    const isMessage = text.includes('insert into outbox');
    this.note(isMessage ? `send ${String(values![0])}` : text.replaceAll(/\s+/g, ' ').trim());
  }

  private note(what: string): void {
    const id = currentContext()?.requestId;
    if (id) this.done.set(id, [...this.of(id), what]);
  }
}

/** What of a request depends on an address, and what each route says at most. */
const ROUTES: [route: string, status: number, body: (email: string) => object][] = [
  ['register', 202, (email) => ({ email, password: 'a password to register with', name: 'Somebody' })],
  ['login', 401, (email) => ({ email, password: 'not the password' })],
  ['email/verification', 202, (email) => ({ email })],
  ['password/reset', 202, (email) => ({ email })],
  ['magic-link', 202, (email) => ({ email })],
  ['passkeys/options', 200, (email) => ({ email })],
];

describe('Whether an address has an account', () => {
  let it_: TestApp;
  const work = new Work();
  const known: Record<string, string> = {};
  beforeAll(async () => {
    it_ = await startApp({ AUTH_PASSWORD_MEMORY_KIB: '8192', AUTH_PASSWORD_PASSES: '2' });
    const accounts = await new Accounts(it_).prepare(3);
    const change = async (sql: string) => {
      const { id, email } = accounts.someone();
      await accounts.sql(sql, [id]);
      return email;
    };
    Object.assign(known, {
      'that is verified': accounts.someone().email,
      'that is not verified': await change('update users set email_verified_at = null where id = $1'),
      'without a password': await change('delete from auth_passwords where user_id = $1'),
      'that is disabled': await change('update users set disabled_at = now() where id = $1'),
      'with a second factor': (await accounts.owner()).email,
    });
    work.listen();
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await it_?.close();
  });

  const stranger = () => `${randomUUID()}@example.com`;
  const send = async (route: string, body: object, address = '192.0.2.1') => {
    const id = randomUUID();
    const started = performance.now();
    const response = await it_.http
      .post(`/v1/auth/${route}`)
      .set({ 'x-request-id': id, 'x-forwarded-for': address })
      .send(body);
    return { response, ms: performance.now() - started, work: work.of(id) };
  };
  const answerOf = ({ response: { status, headers, body } }: Awaited<ReturnType<typeof send>>) => ({
    status,
    headers: Object.keys(headers).toSorted(),
    // What is random in it, and the id of the request, are as long as ever.
    body: JSON.stringify(body).replaceAll(/[\w-]{36,}/g, '…'),
  });

  describe.each(ROUTES)('cannot be told at %s', (route, status, bodyFor) => {
    it.each([
      'that is verified',
      'that is not verified',
      'without a password',
      'that is disabled',
      'with a second factor',
    ])('from the answer, or the work behind it, for one %s', async (kind) => {
      const email = known[kind]!;
      const [first, unknown, second] = [
        await send(route, bodyFor(email)),
        await send(route, bodyFor(stranger())),
        await send(route, bodyFor(email)),
      ];
      expect(first.response.status).toBe(status);
      expect(answerOf(unknown)).toEqual(answerOf(first));
      expect(first.work.length).toBeGreaterThan(0);
      expect(unknown.work).toEqual(first.work);
      expect(second.work).toEqual(first.work);
    });

    it('from the time that it takes', async () => {
      const ratios: number[] = [];
      for (let round = 0; round < 12; round += 1) {
        const emails = [known['that is verified']!, stranger()];
        if (round % 2) emails.reverse();
        const [first, second] = [
          (await send(route, bodyFor(emails[0]!))).ms,
          (await send(route, bodyFor(emails[1]!))).ms,
        ];
        ratios.push(round % 2 ? second / first : first / second);
      }
      // Neighbours in time are compared, first one and then the other, so that what else the machine does favours
      // neither. A hash of a password, made for one of them only, is more than half of such a request.
      expect(median(ratios)).toBeGreaterThan(0.5);
      expect(median(ratios)).toBeLessThan(2);
    });
  });

  it('costs one hash of a password where a password is shown or chosen', async () => {
    const hashes = async (route: string, body: object) =>
      (await send(route, body)).work.filter((one) => one.startsWith('argon2'));
    const password = 'a password to register with';
    expect(await hashes('login', { email: stranger(), password })).toEqual(['argon2 verify']);
    const registration = { email: stranger(), password, name: 'Somebody' };
    expect(await hashes('register', registration)).toEqual(['argon2 hash']);
  });

  it('cannot be told from the jobs that a request leaves', async () => {
    const jobs = async (route: string, body: object) =>
      (await send(route, body)).work.filter((one) => one.startsWith('send'));
    const seen = await Promise.all(
      ROUTES.map(async ([route, , bodyFor]) => [route, await jobs(route, bodyFor(stranger()))] as const),
    );
    expect(Object.fromEntries(seen)).toEqual({
      register: ['send job:auth.make_account'],
      login: [],
      'email/verification': ['send job:auth.mail_token'],
      'password/reset': ['send job:auth.mail_token'],
      'magic-link': ['send job:auth.mail_token'],
      'passkeys/options': [],
    });
  });
});

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

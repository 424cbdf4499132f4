import { readdirSync, readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { TOTP } from 'otpauth';
import { WorkerRuntime } from '../../src/core/jobs/worker-runtime';
import { accessToken, startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { examplesIn, type Lookup, play, type Values } from '../support/guide';
import { type MailServer, startMailServer } from '../support/smtp';

const FOLDER = 'docs/guide';
const PAGES = readdirSync(FOLDER).map((file) => [file, readFileSync(`${FOLDER}/${file}`, 'utf8')] as const);
const page = (name: string): string => PAGES.find(([file]) => file === name)![1];
const MAILED = /^(verification token|reset token|invitation token|magic link) of (\S+)$/;
const PREFIX: Record<string, string> = {
  'verification token': 'kev_',
  'reset token': 'kpr_',
  'invitation token': 'kin_',
  'magic link': 'kml_',
};
/** What an authenticator app shows for a secret that an earlier answer brought. */
const CODE = /^code of (\S+)$/;

describe('The guide', () => {
  let it_: TestApp;
  let mails: MailServer;
  let start: Values;

  beforeAll(async () => {
    mails = await startMailServer();
    it_ = await startApp({ SMTP_URL: mails.url, RATE_LIMIT_DEFAULT: '600/60' });
    await it_.app.get(WorkerRuntime).start();
    start = await seededValues();
  });
  afterAll(async () => {
    await it_?.close();
    await mails?.close();
  });

  /** What every page may take for given; first-steps.md names it to the reader. */
  async function seededValues(): Promise<Values> {
    const { organizations, outsider } = it_.plan;
    const [own, foreign] = organizations;
    const people = own!.users.map((user) => [user.role!, user] as const);
    const tokens = [...people, ['stranger', foreign!.users[0]!] as const, ['nobody', outsider] as const].map(
      async ([name, user]) => [name, await accessToken(it_.http, user)] as const,
    );
    return new Map([
      ...(await Promise.all(tokens)),
      ['organizationId', own!.id],
      ['productId', own!.samples.productId ?? ''],
      ['foreignProductId', foreign!.samples.productId ?? ''],
    ]);
  }

  const lookup: Lookup = (name, values) => {
    const secret = values.get(CODE.exec(name)?.[1] ?? '');
    if (secret) return Promise.resolve(new TOTP({ secret }).generate());
    const [, kind, address] = MAILED.exec(name) ?? [];
    if (!kind) return undefined;
    const token = new RegExp(`${PREFIX[kind]}[\\w-]+`);
    return eventually(() => {
      const texts = mails.received.filter(({ to }) => to === address).map(({ parsed }) => parsed.text ?? '');
      const found = texts.findLast((text) => token.test(text));
      if (!found) throw new Error(`No mail brought the ${name}.`);
      return token.exec(found)![0];
    });
  };

  const pages = PAGES.filter(([, text]) => examplesIn(text).length > 0);
  it.each(pages)('answers every request of %s as it says', async (_file, text) => {
    const values = new Map(start);
    for (const example of examplesIn(text)) await play(example, it_.url, values, lookup);
  });

  it.each([
    ['another status', 'HTTP/1.1 201 Created', /the status is 200/],
    [
      'another header',
      'HTTP/1.1 200 OK\ncontent-type: text/html',
      /header content-type is "application\/json/,
    ],
    ['another member', 'HTTP/1.1 200 OK\n\n{ "status": "poor" }', /the body, status is "ok"/],
    ['a member that is not there', 'HTTP/1.1 200 OK\n\n{ "mood": "…" }', /the body, mood is undefined/],
  ])('is refused when it promises %s', async (_what, answer, message) => {
    const [example] = examplesIn(`\`\`\`http\nGET /health/live\n\n${answer}\n\`\`\`\n`);
    await expect(play(example!, it_.url, new Map(), lookup)).rejects.toThrow(message);
  });

  it('has a client that refreshes once for requests that fail together', async () => {
    const code = /^```js\n(.*?)^```$/ms.exec(page('authentication.md'))![1]!;
    const calls: string[] = [];
    const counting = (input: string, init: RequestInit) => {
      calls.push(new URL(input).pathname);
      return fetch(input, init);
    };
    const createClient = runInNewContext(`${code}; createClient`, { fetch: counting, Headers });
    const { organizations } = it_.plan;
    const { email, password } = organizations[0]!.users[3]!;
    const client = createClient(it_.url);
    await client.signIn(email, password);
    client.tokens.accessToken = 'expired';
    const answers: Response[] = await Promise.all([client.send('/v1/me'), client.send('/v1/me/sessions')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(calls.filter((path) => path === '/v1/auth/refresh')).toHaveLength(1);
  });
});

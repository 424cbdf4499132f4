import { Client } from 'pg';
import type { SeedUser } from '../../src/core/seeding/seeds';
import type { TestApp } from '../support/app';

export interface Pair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** The session that an access token names. */
export const idOf = ({ accessToken }: Pick<Pair, 'accessToken'>): string =>
  JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()).sid;

/** What a front end does with sessions. */
export class Sessions {
  constructor(private readonly test: TestApp) {}

  async login({ email, password }: SeedUser, userAgent = 'Keelson test'): Promise<Pair> {
    const request = this.test.http.post('/v1/auth/login').set('user-agent', userAgent);
    return (await request.send({ email, password }).expect(200)).body;
  }

  refresh(refreshToken: string) {
    return this.test.http.post('/v1/auth/refresh').send({ refreshToken });
  }

  me({ accessToken }: Pick<Pair, 'accessToken'>) {
    return this.test.http.get('/v1/me').auth(accessToken, { type: 'bearer' });
  }

  async statusOf(pair: Pair): Promise<number> {
    return (await this.me(pair)).status;
  }

  async list({ accessToken }: Pair): Promise<Record<string, unknown>[]> {
    const request = this.test.http.get('/v1/me/sessions').auth(accessToken, { type: 'bearer' });
    return (await request.expect(200)).body.items;
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

const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

/** A page of ours in a browser: it holds the cookie, and says where its requests come from. */
export class Page {
  /** `name=value`, as the browser sends it. */
  cookie = '';
  /** The last `Set-Cookie`. */
  line = '';

  constructor(private readonly test: TestApp) {}

  async signIn({ email, password }: SeedUser, options: object = {}): Promise<this> {
    const body = { email, password, transport: 'cookie', ...options };
    const answer = await this.send('post', '/v1/auth/login', body);
    expect(answer).toMatchObject({ status: 200 });
    return this;
  }

  /** As this page, or with the headers that a browser adds to requests of another. */
  async send(
    method: 'get' | 'post' | 'put' | 'patch' | 'delete',
    path: string,
    body?: object,
    headers: Record<string, string> = OWN_PAGE,
  ) {
    const request = this.test.http[method](path).set(headers);
    if (this.cookie) void request.set('cookie', this.cookie);
    const answer = await request.send(body);
    this.keep(answer.headers['set-cookie'] as unknown as string[] | undefined);
    return answer;
  }

  async status(): Promise<number> {
    return (await this.send('get', '/v1/me')).status;
  }

  /** A browser that has the same cookie: a thief's. */
  copy(): Page {
    return Object.assign(new Page(this.test), { cookie: this.cookie });
  }

  private keep(lines: string[] = []): void {
    for (const line of lines) {
      this.line = line;
      this.cookie = /Max-Age=0/.test(line) ? '' : line.split(';', 1)[0]!;
    }
  }
}

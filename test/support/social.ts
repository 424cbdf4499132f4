import { Client } from 'pg';
import { type Developer, GITHUB_CLIENT, startGitHub } from '../../scripts/github-stand-in.mjs';
import { GOOGLE_CLIENT, type Person, startIdentityProvider } from '../../scripts/identity-provider.mjs';
import type { Served } from '../../scripts/loopback.mjs';
import { Browser } from './http-browser';
import type { TestDatabase } from './database';

/** Where the world believes the application to be: browsers of these tests know better. */
export const PUBLIC_URL = 'https://api.example';

/** The providers that `npm start` runs, with people of the test's own. */
export interface Providers {
  /** For `startApp`: an application that knows them. */
  readonly env: Record<string, string>;
  close(): Promise<void>;
}

let count = 0;

/** Somebody whom Google knows. */
export function person(fields: Partial<Person> = {}): Person {
  count += 1;
  const [id, email] = [String(100_000 + count), `person-${count}@google.example`];
  return { id, email, name: `Person ${count}`, email_verified: true, ...fields };
}

/** Somebody whom GitHub knows. */
export function developer(fields: Partial<Developer> = {}): Developer {
  count += 1;
  const [login, email] = [`developer-${count}`, `developer-${count}@github.example`];
  return { id: count, login, email, name: `Developer ${count}`, verified: true, ...fields };
}

export async function startProviders(people: Person[], developers: Developer[]): Promise<Providers> {
  const callback = (provider: string) => [`${PUBLIC_URL}/v1/auth/social/${provider}/callback`];
  const google = await startIdentityProvider({
    port: 0,
    redirectUris: callback('google'),
    people: [...people],
  });
  const github: Served = await startGitHub({
    port: 0,
    redirectUris: callback('github'),
    people: [...developers],
  });
  return {
    env: {
      PUBLIC_URL,
      GOOGLE_ISSUER_URL: google.url,
      GOOGLE_CLIENT_ID: GOOGLE_CLIENT.id,
      GOOGLE_CLIENT_SECRET: GOOGLE_CLIENT.secret,
      GITHUB_BASE_URL: github.url,
      GITHUB_API_URL: github.url,
      GITHUB_CLIENT_ID: GITHUB_CLIENT.id,
      GITHUB_CLIENT_SECRET: GITHUB_CLIENT.secret,
    },
    close: async () => void (await Promise.all([google.close(), github.close()])),
  };
}

/** Somebody at a browser. */
export class Visitor {
  readonly browser: Browser;

  /** @param url the server; @param publicUrl how it is called, by itself and by providers */
  constructor(
    url: string,
    private readonly publicUrl = PUBLIC_URL,
  ) {
    this.browser = new Browser(publicUrl, url);
  }

  /** Signs in at Google; answers what the last page is told in its fragment. */
  async atGoogle({ id }: { id: string }, start = '/v1/auth/social/google'): Promise<URLSearchParams> {
    const choice = await this.browser.follow(new URL(start, this.publicUrl).href, 'none');
    const chosen = await this.browser.request(choice, {
      method: 'POST',
      body: new URLSearchParams({ person: id }),
    });
    return this.home(new URL(chosen.headers.get('location')!, choice).href);
  }

  /** The same at GitHub. */
  async atGitHub({ login }: { login: string }, start = '/v1/auth/social/github'): Promise<URLSearchParams> {
    const choice = new URL(await this.browser.follow(new URL(start, this.publicUrl).href, 'none'));
    choice.searchParams.set('person', login);
    return this.home(choice.href);
  }

  /** The answer to the exchange of a code for tokens. */
  exchange(code: string | null, options: object = {}): Promise<Response> {
    return this.browser.request(`${this.publicUrl}/v1/auth/social/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.publicUrl },
      body: JSON.stringify({ code, ...options }),
    });
  }

  /** The `Authorization` header that the code leads to. */
  async bearer(told: URLSearchParams): Promise<{ authorization: string }> {
    const response = await this.exchange(told.get('code'));
    const { accessToken } = (await response.json()) as { accessToken: string };
    return { authorization: `Bearer ${accessToken}` };
  }

  private async home(address: string): Promise<URLSearchParams> {
    const page = await this.browser.follow(address, `${this.publicUrl}/sign-in`);
    return new URLSearchParams(new URL(page).hash.slice(1));
  }
}

/** What the application would show nobody. */
export async function rowsOf(
  { ownerUrl }: TestDatabase,
  sql: string,
  values: unknown[],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { decodeProtectedHeader } from 'jose';
import { Client } from 'pg';
import request from 'supertest';
import { commands } from '../../src/core/commands';
import { statementCounts } from '../../src/core/database/statement-log';
import type { SeedUser } from '../../src/core/seeding/seeds';
import { SigningKeys } from '../../src/modules/auth/keys/signing-keys';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { runScript } from '../support/start-process';

interface Pair {
  accessToken: string;
  refreshToken: string;
}

describe('The keys that sign access tokens', () => {
  let it_: TestApp;
  let other: NestFastifyApplication;
  let urls: string[];
  let user: SeedUser;

  beforeAll(async () => {
    it_ = await startApp();
    user = it_.plan.organizations[0]!.users[0]!;
    other = await it_.another();
    await other.listen(0, '127.0.0.1');
    urls = [it_.url, await other.getUrl()];
  });
  afterAll(async () => {
    await other?.close();
    await it_?.close();
  });

  const login = async (url = it_.url): Promise<Pair> => {
    const { email, password } = user;
    return (await request(url).post('/v1/auth/login').send({ email, password }).expect(200)).body;
  };
  const refresh = async ({ refreshToken }: Pair): Promise<Pair> =>
    (await it_.http.post('/v1/auth/refresh').send({ refreshToken }).expect(200)).body;
  const statusAt = async (url: string, { accessToken }: Pair) =>
    (await request(url).get('/v1/me').auth(accessToken, { type: 'bearer' })).status;
  const statuses = (pair: Pair) => Promise.all(urls.map((url) => statusAt(url, pair)));
  const kidOf = ({ accessToken }: Pair) => decodeProtectedHeader(accessToken).kid!;
  const keys = (app = it_.app) => app.get(SigningKeys, { strict: false });
  const published = async (url: string): Promise<string[]> => {
    const { body } = await request(url).get('/.well-known/jwks.json').expect(200);
    return body.keys.map((key: { kid: string }) => key.kid);
  };
  /** The rows, and what `text` answers. */
  const sql = async (text: string): Promise<Record<string, unknown>[]> => {
    const client = new Client({ connectionString: it_.database.ownerUrl });
    await client.connect();
    const { rows } = await client.query(text);
    await client.end();
    return rows;
  };
  /** The command, in a process of its own. */
  const cli = async (...args: string[]) => {
    const run = runScript(process.cwd(), ['dist/cli.js', ...args], {
      DATABASE_URL: it_.database.url,
      NODE_ENV: 'test',
    });
    return { code: await run.ended, output: run.output() };
  };
  /** The command, in this one: it starts sooner. */
  const command = async (name: string, ...args: string[]) => {
    const said: unknown[] = [];
    const spies = (['log', 'error'] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation((...text: unknown[]) => void said.push(...text)),
    );
    const code = await commands()
      .find((one) => one.name === name)!
      .run(it_.app, args);
    for (const spy of spies) spy.mockRestore();
    return { code, output: said.join('\n') };
  };
  /** Every instance signs with one and the same key, and it is another than `before`. */
  const agreed = (before: string) =>
    eventually(async () => {
      const kids = (await Promise.all(urls.map(login))).map(kidOf);
      expect(new Set(kids).size).toBe(1);
      expect(kids[0]).not.toBe(before);
      return kids[0]!;
    });

  it('are rotated by a command, of which running instances take notice, and nobody is logged out', async () => {
    await sql(`update auth_keys set created_at = now() - interval '1 hour'`);
    const before = await login();
    expect(await statuses(before)).toEqual([200, 200]);
    const [nextKid] = await sql(`select kid from auth_keys where status = 'next'`);
    const { code, output } = await cli('keys', 'rotate');
    expect([code, output]).toEqual([0, expect.stringContaining(String(nextKid!.kid))]);
    expect(await agreed(kidOf(before))).toBe(nextKid!.kid);
    const after = await login(urls[1]);
    for (const pair of [before, after, await refresh(before)]) {
      expect(await statuses(pair)).toEqual([200, 200]);
    }
    const shown = await published(it_.url);
    expect(shown).toHaveLength(3);
    expect(shown).toEqual(expect.arrayContaining([kidOf(before), nextKid!.kid]));
    expect((await published(urls[1]!)).toSorted()).toEqual(shown.toSorted());
  });

  it('are not rotated to one that was published just now, unless that is asked for', async () => {
    const before = await login();
    await keys().rotate();
    const current = keys().signing().kid;
    const refused = await command('keys rotate');
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('--now')]);
    expect((await published(it_.url)).length).toBe((await command('keys list')).output.split('\n').length);
    expect(kidOf(await login())).toBe(current);
    expect((await command('keys rotate', '--now')).code).toBe(0);
    await agreed(current);
    expect(await statuses(before)).toEqual([200, 200]);
  });

  it('log nobody out when they are rotated five times in a row', async () => {
    const pairs = [await login()];
    for (let turn = 0; turn < 5; turn += 1) {
      await keys().rotate();
      pairs.push(await login());
      // The other instance may not have been told yet: it has to find the key by itself.
      expect(await statuses(pairs.at(-1)!)).toEqual([200, 200]);
    }
    expect(new Set(pairs.map(kidOf)).size).toBe(6);
    for (const pair of pairs) expect(await statuses(pair)).toEqual([200, 200]);
  });

  it('are rotated once by ten rotations at once, from both instances', async () => {
    await agreed('');
    const rings = Array.from({ length: 10 }, (_, index) => keys(index % 2 ? other : it_.app));
    const done = await Promise.all(rings.map((ring) => ring.rotate()));
    expect(done.filter(Boolean)).toHaveLength(1);
    const rows = await sql(`select status from auth_keys where status <> 'retired' order by status`);
    expect(rows).toEqual([{ status: 'current' }, { status: 'next' }]);
  });

  it('are found by an instance that cannot be told', async () => {
    const before = await login(urls[1]);
    expect(await statuses(before)).toEqual([200, 200]);
    const name = new URL(it_.database.url).pathname.slice(1);
    const [db, application] = [it_.database.ownerUrl, it_.database.url].map((url) => new Client(url)) as [
      Client,
      Client,
    ];
    await Promise.all([db.connect(), application.connect()]);
    const listeners = `from pg_stat_activity where datname = current_database() and application_name = 'keelson listen'`;
    await db.query(`revoke connect on database ${name} from public`);
    await application.query(`select pg_terminate_backend(pid) ${listeners}`);
    await keys().rotate();
    await keys().rotate();
    const pair = await refresh(before);
    expect(kidOf(pair)).not.toBe(kidOf(before));
    expect(await published(urls[1]!)).not.toContain(kidOf(pair));
    expect(await statusAt(urls[1]!, pair)).toBe(200);
    await db.query(`grant connect on database ${name} to public`);
    await eventually(async () => expect((await application.query(`select ${listeners}`)).rowCount).toBe(2));
    await Promise.all([db.end(), application.end()]);
  });

  it('cannot be made to be looked for by tokens with key ids that do not exist', async () => {
    const { accessToken } = await login();
    const [, payload, signature] = accessToken.split('.');
    const tokenOf = (kid: string) => {
      const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })).toString('base64url');
      return { accessToken: [header, payload, signature].join('.'), refreshToken: '' };
    };
    const before = statementCounts.all;
    for (let turn = 10; turn < 60; turn += 1) {
      expect(await statusAt(it_.url, tokenOf(`${turn}${'A'.repeat(41)}`))).toBe(401);
    }
    expect(statementCounts.all - before).toBeLessThan(10);
  });

  it('are good for nothing once they are revoked, on every instance, and sessions go on by refreshing', async () => {
    const leaked = await login();
    expect(await statuses(leaked)).toEqual([200, 200]);
    const kid = kidOf(leaked);
    expect((await command('keys revoke', kid)).code).toBe(0);
    await eventually(async () => expect(await statuses(leaked)).toEqual([401, 401]), 10_000);
    expect(await published(it_.url)).not.toContain(kid);
    await agreed(kid);
    expect(await statuses(await refresh(leaked))).toEqual([200, 200]);
  });

  it('always have one that signs and one that will, whichever is revoked, also while they are rotated', async () => {
    const all = await keys().list();
    await Promise.all([...all.map(({ kid }) => keys().revoke(kid)), keys(other).rotate(), keys().rotate()]);
    const rows = await sql(`select kid, status from auth_keys where status <> 'retired' order by status`);
    expect(rows.map(({ status }) => status)).toEqual(['current', 'next']);
    await agreed('');
    expect(await statuses(await login())).toEqual([200, 200]);
  });

  it('are one and the same for instances that start at the same moment', async () => {
    await sql('delete from auth_keys');
    // Booting takes so long that the moment would not be the same: each finds no key, now, as at a first start.
    await Promise.all([keys(), keys(other)].map((ring) => ring.onModuleInit()));
    const rows = await sql('select kid, status from auth_keys order by status');
    expect(rows.map(({ status }) => status)).toEqual(['current', 'next']);
    expect([keys(), keys(other)].map((ring) => ring.signing().kid)).toEqual([rows[0]!.kid, rows[0]!.kid]);
  });

  it('are not revoked by a name that none of them has', async () => {
    const { code, output } = await command('keys revoke', `' or true --`);
    expect([code, output]).toEqual([1, expect.stringContaining('There is no key')]);
    expect(await statuses(await login())).toEqual([200, 200]);
  });
});

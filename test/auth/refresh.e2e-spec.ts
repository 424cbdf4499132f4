import { Client } from 'pg';
import type { SeedUser } from '../../src/core/seeding/seeds';
import { ExpiredRows } from '../../src/modules/auth/expired-rows';
import { idOf, type Pair, Sessions } from './sessions.fixture';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

/** Answers to many refreshes with one token that act at the same moment. */
async function atOnce(test: TestApp, count: number, pair: Pair) {
  const sessions = new Sessions(test);
  // Whoever holds the session lets them come so far that they act at the same moment.
  const holder = new Client({ connectionString: test.database.ownerUrl });
  await holder.connect();
  await holder.query('begin');
  await holder.query('select from auth_sessions where id = $1 for update', [idOf(pair)]);
  const all = Promise.all(Array.from({ length: count }, () => sessions.refresh(pair.refreshToken)));
  await eventually(async () => {
    const [waiting] = await sessions.sql(`
      select count(*)::int as now from pg_locks join pg_stat_activity using (pid)
      where not granted and datname = current_database()`);
    expect(waiting!.now).toBeGreaterThanOrEqual(Math.min(count, 5));
  });
  await holder.query('commit');
  await holder.end();
  return all;
}

describe('A refresh token', () => {
  let it_: TestApp;
  let sessions: Sessions;
  let user: SeedUser;

  beforeAll(async () => {
    it_ = await startApp({ AUTH_REFRESH_GRACE_SECONDS: '60' });
    sessions = new Sessions(it_);
    user = it_.plan.outsider;
  });
  afterAll(() => it_?.close());

  const login = () => sessions.login(user);
  const go = async (token: string): Promise<Pair> => (await sessions.refresh(token).expect(200)).body;
  const refused = async (token: string): Promise<string> =>
    (await sessions.refresh(token).expect(401)).body.code;
  /** As if the last use of any token of the session had been so long ago. */
  const age = (pair: Pair, seconds: number) =>
    sessions.sql(
      `update auth_refresh_tokens set used_at = used_at - make_interval(secs => $2) where session_id = $1`,
      [idOf(pair), seconds],
    );

  it('buys new tokens of the same session', async () => {
    const first = await login();
    const second = await go(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(idOf(second)).toBe(idOf(first));
    await sessions.me(second).expect(200);
  });

  it('lets two tabs that show it at once go on with one chain', async () => {
    const first = await login();
    const [one, two] = await atOnce(it_, 2, first);
    expect([one!.status, two!.status]).toEqual([200, 200]);
    expect(one!.body.refreshToken).toBe(two!.body.refreshToken);
    await sessions.me(one!.body).expect(200);
    await sessions.me(two!.body).expect(200);
    await sessions.me(await go(one!.body.refreshToken)).expect(200);
  });

  it('leaves one living token of fifty refreshes at once', async () => {
    const pair = await login();
    const answers = await atOnce(it_, 50, pair);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
    const [living] = await sessions.sql(
      'select count(*)::int from auth_refresh_tokens where session_id = $1 and used_at is null',
      [idOf(pair)],
    );
    expect(living!.count).toBe(1);
  });

  it('ends the session, with all its tokens, when it is shown again after its successor was used', async () => {
    const first = await login();
    const second = await go(first.refreshToken);
    const third = await go(second.refreshToken);
    await sessions.me(third).expect(200);
    expect(await refused(first.refreshToken)).toBe('refresh_token_reused');
    await sessions.me(third).expect(401);
    await sessions.me(second).expect(401);
    expect(await refused(third.refreshToken)).toBe('invalid_refresh_token');
  });

  it('ends the session when it is shown again after the grace, although nobody used its successor', async () => {
    const first = await login();
    const second = await go(first.refreshToken);
    await age(first, 61);
    expect(await refused(first.refreshToken)).toBe('refresh_token_reused');
    await sessions.me(second).expect(401);
    await sessions.refresh(second.refreshToken).expect(401);
  });

  it('gets no second grace by being shown within the first', async () => {
    const first = await login();
    await go(first.refreshToken);
    await age(first, 31);
    await go(first.refreshToken);
    await age(first, 31);
    expect(await refused(first.refreshToken)).toBe('refresh_token_reused');
  });

  it('of a thief who shared the grace ends the session when both have gone on', async () => {
    const stolen = await login();
    const [owner, thief] = [await go(stolen.refreshToken), await go(stolen.refreshToken)];
    const next = await go(thief.refreshToken);
    await age(stolen, 900);
    expect(await refused(owner.refreshToken)).toBe('refresh_token_reused');
    await sessions.me(next).expect(401);
  });

  it('tells the owner of the account that it was used twice', async () => {
    const first = await login();
    const second = await go(first.refreshToken);
    await go(second.refreshToken);
    await refused(first.refreshToken);
    const told = await sessions.sql(
      `select user_id from security_events where type = 'auth.refresh_token_reused'`,
    );
    expect(told).toContainEqual({ user_id: user.id });
  });

  it('ends only its own session', async () => {
    const other = await login();
    const first = await login();
    await go((await go(first.refreshToken)).refreshToken);
    await refused(first.refreshToken);
    await sessions.me(other).expect(200);
  });

  it('is no access token, and none that nobody gave out', async () => {
    const { accessToken } = await login();
    expect((await sessions.refresh(accessToken)).status).toBe(400);
    expect(await refused(`krt_${'A'.repeat(43)}`)).toBe('invalid_refresh_token');
  });

  it('is kept as a hash, and its successor so that only it opens it, for the grace alone', async () => {
    const first = await login();
    const second = await go(first.refreshToken);
    const stored = async () => {
      const [row] = await sessions.sql(
        `select string_agg(t::text, ' ') as text, count(sealed_successor)::int as sealed
         from auth_refresh_tokens t where session_id = $1`,
        [idOf(first)],
      );
      return row as { text: string; sealed: number };
    };
    const { text, sealed } = await stored();
    expect(sealed).toBe(1);
    for (const { refreshToken } of [first, second]) {
      expect(text).not.toContain(refreshToken.slice(4));
      expect(text).not.toContain(Buffer.from(refreshToken).toString('hex'));
      expect(text).not.toContain(Buffer.from(refreshToken.slice(4), 'base64url').toString('hex'));
    }
    await age(first, 61);
    await it_.app.get(ExpiredRows).remove();
    expect((await stored()).sealed).toBe(0);
  });
});

describe('Without a grace a refresh token', () => {
  let it_: TestApp;
  let sessions: Sessions;
  let user: SeedUser;

  beforeAll(async () => {
    it_ = await startApp({ AUTH_REFRESH_GRACE_SECONDS: '0' });
    sessions = new Sessions(it_);
    user = it_.plan.outsider;
  });
  afterAll(() => it_?.close());

  it('ends the session at its second use, and leaves nothing to open', async () => {
    const first = await sessions.login(user);
    const second: Pair = (await sessions.refresh(first.refreshToken).expect(200)).body;
    const sealed = await sessions.sql('select from auth_refresh_tokens where sealed_successor is not null');
    expect(sealed).toEqual([]);
    const { body } = await sessions.refresh(first.refreshToken).expect(401);
    expect(body.code).toBe('refresh_token_reused');
    await sessions.me(second).expect(401);
  });

  it('leaves no living family of fifty refreshes at once', async () => {
    const pair = await sessions.login(user);
    const answers = await atOnce(it_, 50, pair);
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(50 - won.length);
    const alive = await Promise.all(won.map(({ body }) => sessions.statusOf(body)));
    expect(alive.filter((status) => status === 200)).toHaveLength(0);
  });
});

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import request from 'supertest';
import { Authentication } from '../src/core/auth/authentication';
import type { SeedOrganization, SeedUser } from '../src/core/seeding/seeds';
import { ExpiredRows } from '../src/modules/auth/expired-rows';
import { SessionActivity } from '../src/modules/auth/sessions/session-activity';
import { startApp, type TestApp } from './support/app';
import { eventually } from './support/eventually';

interface Pair {
  accessToken: string;
  refreshToken: string;
}

describe('A session', () => {
  let it_: TestApp;
  let harbour: SeedOrganization;
  let tidewater: SeedOrganization;
  let user: SeedUser;

  beforeAll(async () => {
    it_ = await startApp();
    [harbour, tidewater] = (await it_.seed()).organizations as [SeedOrganization, SeedOrganization];
    user = harbour.users[2]!;
  });
  afterAll(() => it_.close());

  const login = async (who: SeedUser = user): Promise<Pair> => {
    const { email, password } = who;
    return (await it_.http.post('/v1/auth/login').send({ email, password }).expect(200)).body;
  };
  const refresh = (refreshToken: string) => it_.http.post('/v1/auth/refresh').send({ refreshToken });
  const me = ({ accessToken }: Pair) => it_.http.get('/v1/me').auth(accessToken, { type: 'bearer' });
  const statusOf = async (pair: Pair) => (await me(pair)).status;
  const idOf = ({ accessToken }: Pair): string =>
    JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()).sid;
  const sql = async (text: string, values: unknown[]): Promise<Record<string, unknown>[]> => {
    const client = new Client({ connectionString: it_.database.ownerUrl });
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  };

  describe('when it is refreshed', () => {
    it('goes on with new tokens', async () => {
      const first = await login();
      const { body } = await refresh(first.refreshToken).expect(200);
      expect(body.refreshToken).not.toBe(first.refreshToken);
      expect(idOf(body)).toBe(idOf(first));
      await me(body).expect(200);
    });

    it('ends, with all its tokens, once a used token is shown again', async () => {
      const first = await login();
      const second: Pair = (await refresh(first.refreshToken).expect(200)).body;
      await me(second).expect(200);
      const { body } = await refresh(first.refreshToken).expect(401);
      expect(body.code).toBe('refresh_token_reused');
      await me(second).expect(401);
      await refresh(second.refreshToken).expect(401);
    });

    it('leaves at most one living family of fifty refreshes at once', async () => {
      const pair = await login();
      // Whoever holds the session lets them come so far that they act at the same moment.
      const holder = new Client({ connectionString: it_.database.ownerUrl });
      await holder.connect();
      await holder.query('begin');
      await holder.query('select from auth_sessions where id = $1 for update', [idOf(pair)]);
      const all = Promise.all(Array.from({ length: 50 }, () => refresh(pair.refreshToken)));
      await eventually(async () => {
        const [waiting] = await sql(
          `select count(*)::int as now from pg_locks join pg_stat_activity using (pid)
           where not granted and datname = current_database()`,
          [],
        );
        expect(waiting!.now).toBeGreaterThan(4);
      });
      await holder.query('commit');
      await holder.end();
      const answers = await all;
      const won = answers.filter(({ status }) => status === 200);
      expect(won.length).toBeLessThanOrEqual(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(50 - won.length);
      const alive = await Promise.all(won.map(({ body }) => statusOf(body)));
      expect(alive.filter((status) => status === 200)).toHaveLength(0);
    });

    it('ends only itself when its token was reused', async () => {
      const other = await login();
      const first = await login();
      await refresh(first.refreshToken).expect(200);
      await refresh(first.refreshToken).expect(401);
      await me(other).expect(200);
    });

    it('does not take an access token, nor a token that nobody gave out', async () => {
      const { accessToken } = await login();
      expect((await refresh(accessToken)).status).toBe(400);
      const { body } = await refresh(`krt_${'A'.repeat(43)}`).expect(401);
      expect(body.code).toBe('invalid_refresh_token');
    });

    it('keeps no token as it is', async () => {
      const { refreshToken } = await login();
      const [row] = await sql(`select string_agg(t::text, ' ') as stored from auth_refresh_tokens t`, []);
      expect(row!.stored).toContain('\\x');
      expect(row!.stored).not.toContain(refreshToken.slice(4));
      expect(row!.stored).not.toContain(Buffer.from(refreshToken).toString('hex'));
    });
  });

  describe('when it has ended', () => {
    it('is over at once after a logout, and its refresh token with it', async () => {
      const pair = await login();
      await me(pair).expect(200);
      await it_.http.post('/v1/auth/logout').auth(pair.accessToken, { type: 'bearer' }).expect(204);
      const { body } = await me(pair).expect(401);
      expect(body.code).toBe('invalid_token');
      await refresh(pair.refreshToken).expect(401);
    });

    it('is over for want of use', async () => {
      const pair = await login();
      await sql(`update auth_sessions set last_used_at = now() - interval '15 days' where id = $1`, [
        idOf(pair),
      ]);
      await it_.app.get(Authentication).invalidate({ sessionId: idOf(pair) });
      await me(pair).expect(401);
      await refresh(pair.refreshToken).expect(401);
    });

    it('is over at its last day however much it is used', async () => {
      const pair = await login();
      await sql(`update auth_sessions set expires_at = now() where id = $1`, [idOf(pair)]);
      await it_.app.get(Authentication).invalidate({ sessionId: idOf(pair) });
      await me(pair).expect(401);
      await refresh(pair.refreshToken).expect(401);
    });

    it('leaves no row behind', async () => {
      const pair = await login();
      await sql(`update auth_sessions set expires_at = now() where id = $1`, [idOf(pair)]);
      const kept = await login();
      await it_.app.get(ExpiredRows).remove();
      const rows = await sql('select id from auth_sessions where id = any($1)', [[idOf(pair), idOf(kept)]]);
      expect(rows).toEqual([{ id: idOf(kept) }]);
    });
  });

  describe('in the list of its owner', () => {
    const list = async (pair: Pair) =>
      (await it_.http.get('/v1/me/sessions').auth(pair.accessToken, { type: 'bearer' }).expect(200)).body
        .items;

    it('is shown beside the others of the same person', async () => {
      const [first, second] = [await login(), await login()];
      const items: { id: string; current: boolean }[] = await list(second);
      expect(items.find(({ id }) => id === idOf(second))).toMatchObject({ current: true });
      expect(items.find(({ id }) => id === idOf(first))).toMatchObject({ current: false });
    });

    it('is ended from another session', async () => {
      const [lost, here] = [await login(), await login()];
      await me(lost).expect(200);
      const remove = (id: string, by: Pair) =>
        it_.http.delete(`/v1/me/sessions/${id}`).auth(by.accessToken, { type: 'bearer' });
      await remove(idOf(lost), here).expect(204);
      await me(lost).expect(401);
      await me(here).expect(200);
      await remove(idOf(lost), here).expect(404);
    });

    it('is out of reach for everybody else', async () => {
      const [mine, theirs] = [await login(), await login(tidewater.users[0]!)];
      const path = `/v1/me/sessions/${idOf(mine)}`;
      await it_.http.delete(path).auth(theirs.accessToken, { type: 'bearer' }).expect(404);
      await me(mine).expect(200);
      expect((await list(theirs)).map(({ id }: { id: string }) => id)).not.toContain(idOf(mine));
    });

    it('is out of reach for a statement that forgot whose it is', async () => {
      const [mine, theirs] = [await login(), await login(tidewater.users[0]!)];
      const application = new Client({ connectionString: it_.database.url });
      await application.connect();
      await application.query(`select set_config('app.user_id', $1, false)`, [user.id]);
      const { rows } = await application.query('select id from auth_sessions where id = any($1)', [
        [idOf(mine), idOf(theirs)],
      ]);
      const { rowCount } = await application.query('delete from auth_passwords where user_id <> $1', [
        user.id,
      ]);
      await application.end();
      expect(rows).toEqual([{ id: idOf(mine) }]);
      expect(rowCount).toBe(0);
    });

    it('is ended with all the others', async () => {
      const who = harbour.users[3]!;
      const pairs = [await login(who), await login(who), await login(who)];
      await Promise.all(pairs.map((pair) => me(pair).expect(200)));
      await it_.http.delete('/v1/me/sessions').auth(pairs[0]!.accessToken, { type: 'bearer' }).expect(204);
      expect(await Promise.all(pairs.map(statusOf))).toEqual([401, 401, 401]);
    });

    it('tells when it was last used, some time after a request', async () => {
      const pair = await login();
      await sql(`update auth_sessions set last_used_at = now() - interval '1 day' where id = $1`, [
        idOf(pair),
      ]);
      await me(pair).expect(200);
      await it_.app.get(SessionActivity).flush();
      const [session] = (await list(pair)).filter(({ current }: { current: boolean }) => current);
      expect(Date.now() - Date.parse(session.lastUsedAt)).toBeLessThan(60_000);
    });
  });

  describe('with an active organization', () => {
    const choose = (pair: Pair, organizationId: string) =>
      it_.http
        .put('/v1/auth/session/organization')
        .auth(pair.accessToken, { type: 'bearer' })
        .send({ organizationId });

    it('gets a token for an organization of its owner, and keeps it when refreshed', async () => {
      const pair = await login();
      const { body } = await choose(pair, harbour.id).expect(200);
      expect(body).toEqual({ accessToken: expect.any(String), tokenType: 'Bearer', expiresIn: 900 });
      const next: Pair = (await refresh(pair.refreshToken).expect(200)).body;
      for (const accessToken of [body.accessToken, next.accessToken]) {
        const shown = await it_.http
          .get('/v1/me/permissions')
          .auth(accessToken, { type: 'bearer' })
          .expect(200);
        expect(shown.body).toMatchObject({ organizationId: harbour.id });
      }
    });

    it('is told of no organization of others, nor of one that does not exist', async () => {
      const pair = await login();
      for (const id of [tidewater.id, '01890000-0000-7000-8000-000000000000']) {
        const { body } = await choose(pair, id).expect(404);
        expect(body.code).toBe('organization_not_found');
      }
    });
  });

  describe('on two instances', () => {
    let other: NestFastifyApplication;
    beforeAll(async () => {
      other = await it_.another();
      await other.listen(0, '127.0.0.1');
    });
    afterAll(() => other.close());

    it('ends on both within a second', async () => {
      const elsewhere = request(await other.getUrl());
      const pair = await login();
      const there = () => elsewhere.get('/v1/me').auth(pair.accessToken, { type: 'bearer' });
      await there().expect(200);
      await it_.http.post('/v1/auth/logout').auth(pair.accessToken, { type: 'bearer' }).expect(204);
      await eventually(() => there().expect(401), 1000);
    });

    it('ends on both although the word of it was lost on the way', async () => {
      const elsewhere = request(await other.getUrl());
      const pair = await login();
      const there = () => elsewhere.get('/v1/me').auth(pair.accessToken, { type: 'bearer' });
      await there().expect(200);
      await me(pair).expect(200);
      const application = new Client({ connectionString: it_.database.url });
      await application.connect();
      await application.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'keelson listen'`);
      await application.end();
      await it_.http.post('/v1/auth/logout').auth(pair.accessToken, { type: 'bearer' }).expect(204);
      await me(pair).expect(401);
      await eventually(() => there().expect(401), 5000);
    });
  });
});

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import request from 'supertest';
import { Authentication } from '../../src/core/auth/authentication';
import type { SeedOrganization, SeedUser } from '../../src/core/seeding/seeds';
import { ExpiredRows } from '../../src/modules/auth/expired-rows';
import { idOf, type Pair, Sessions } from './sessions.fixture';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

describe('A session', () => {
  let it_: TestApp;
  let sessions: Sessions;
  let harbour: SeedOrganization;
  let tidewater: SeedOrganization;
  let user: SeedUser;

  beforeAll(async () => {
    it_ = await startApp();
    sessions = new Sessions(it_);
    [harbour, tidewater] = it_.plan.organizations as [SeedOrganization, SeedOrganization];
    user = harbour.users[2]!;
  });
  afterAll(() => it_?.close());

  const login = () => sessions.login(user);
  const refresh = (refreshToken: string) => sessions.refresh(refreshToken);
  const me = (pair: Pair) => sessions.me(pair);
  const sql = (text: string, values: unknown[]) => sessions.sql(text, values);

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

    it('says how long it lasts, and lasts no longer, when its last day ends before it was unused for long', async () => {
      const pair = await login();
      const end = `update auth_sessions set expires_at = now() + $2::interval where id = $1`;
      await sql(end, [idOf(pair), '1 minute']);
      const next: Pair & { refreshExpiresIn: number } = (await refresh(pair.refreshToken).expect(200)).body;
      expect(next.refreshExpiresIn).toBeLessThanOrEqual(60);
      await sql(end, [idOf(pair), '500 milliseconds']);
      await it_.app.get(Authentication).invalidate({ sessionId: idOf(pair) });
      // Remembered for 30 seconds, if it were not for its end.
      await eventually(() => me(next).expect(401), 20_000);
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
    afterAll(() => other?.close());

    it('ends on both within a second', async () => {
      const elsewhere = request(await other.getUrl());
      const pair = await login();
      const there = () => elsewhere.get('/v1/me').auth(pair.accessToken, { type: 'bearer' });
      await there().expect(200);
      await it_.http.post('/v1/auth/logout').auth(pair.accessToken, { type: 'bearer' }).expect(204);
      await eventually(() => there().expect(401), 10_000);
    });

    it('ends on both although the word of it was lost on the way', async () => {
      const elsewhere = request(await other.getUrl());
      const pair = await login();
      const there = () => elsewhere.get('/v1/me').auth(pair.accessToken, { type: 'bearer' });
      await there().expect(200);
      await me(pair).expect(200);
      // No instance is told, as if the notice had been sent while the connection was down.
      await sql('delete from auth_sessions where id = $1', [idOf(pair)]);
      const application = new Client({ connectionString: it_.database.url });
      await application.connect();
      await application.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'keelson listen'`);
      await application.end();
      // Remembered for 30 seconds, if it were not for the connection that was cut.
      await eventually(() => me(pair).expect(401), 20_000);
      await eventually(() => there().expect(401), 20_000);
    });
  });
});

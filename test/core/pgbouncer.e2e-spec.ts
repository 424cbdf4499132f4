import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { Client } from 'pg';
import { z } from 'zod';
import { AppModule } from '../../src/app.module';
import { Authenticated } from '../../src/core/auth/access';
import { Caller, type Member } from '../../src/core/auth/caller';
import { runInScope } from '../../src/core/context';
import { Database } from '../../src/core/database/database';
import { Idempotent } from '../../src/core/http/idempotency/idempotent';
import { defineProblem } from '../../src/core/http/problem';
import { defineJob } from '../../src/core/jobs/job';
import { Jobs } from '../../src/core/jobs/jobs';
import { WorkerRuntime } from '../../src/core/jobs/worker-runtime';
import type { SeedOrganization } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { runNode } from '../support/start-process';
import { findPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer';

const Refused = defineProblem('conflict', 'note_refused', 'The note is refused', 'Write another.');
const Note = z.strictObject({ text: z.string(), refused: z.boolean().default(false) });
const copyNote = defineJob({ name: 'test.copy_note', schema: z.object({ text: z.string() }) });

/** Reads and writes without a condition on the tenant: row security alone keeps tenants apart. */
@Authenticated()
@Controller('v1/notes')
class NotesController {
  constructor(private readonly database: Database) {}

  @Get()
  list() {
    return this.database.rows('select tenant_id as "tenantId", text, at from notes_of_a_test order by at');
  }

  @Post()
  @Idempotent()
  write(@Caller() { tenantId }: Member, @Body({ schema: Note }) note: z.output<typeof Note>) {
    return this.database.transaction(async () => {
      await this.database.rows('insert into notes_of_a_test (tenant_id, text) values ($1, $2)', [
        tenantId,
        note.text,
      ]);
      const seen = await this.database.rows('select distinct tenant_id as "tenantId" from notes_of_a_test');
      if (note.refused) throw Refused();
      return seen;
    });
  }
}

@Module({ imports: [AppModule], controllers: [NotesController] })
class NotesModule {}

if (findPgBouncer()) {
  describe('Behind PgBouncer in transaction mode', suite);
} else {
  describe.skip('Behind PgBouncer (skipped: there is no pgbouncer on the PATH)', () => {
    it('needs a PgBouncer', () => {});
  });
}

function suite() {
  it('is told from a server that is not up yet, and what it has to ignore is named', async () => {
    const strict = await startPgBouncer(process.env.TEST_DATABASE_URL!, '');
    const through = strict.through(process.env.TEST_DATABASE_URL!);
    const env = {
      DATABASE_URL: through,
      DATABASE_LISTEN_URL: process.env.TEST_DATABASE_URL!,
      PORT: '0',
      MANAGEMENT_PORT: '0',
    };
    const { code, stdout, stderr } = await runNode(['dist/main.js'], env).finally(() => strict.stop());
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/DATABASE_URL: .*statement_timeout\n.*ignore_startup_parameters = /),
    ]);
    expect(stdout).not.toContain('Retrying');
  });

  let pooler: PgBouncer;
  let test: TestApp;
  let own: SeedOrganization;
  let foreign: SeedOrganization;
  const headers: { authorization: string }[] = [];

  beforeAll(async () => {
    pooler = await startPgBouncer(process.env.TEST_DATABASE_URL!);
    const settings = { DATABASE_PREPARED_STATEMENTS: 'false', REDIS_URL: '' };
    test = await startApp(
      (direct) => ({ ...settings, DATABASE_URL: pooler.through(direct), DATABASE_LISTEN_URL: direct }),
      NotesModule,
    );
    await asOwner(`
      create table notes_of_a_test (tenant_id uuid not null, text text not null, at timestamptz(3) default now());
      call isolate_tenants('notes_of_a_test')`);
    [own, foreign] = test.plan.organizations as [SeedOrganization, SeedOrganization];
    for (const organization of [own, foreign]) headers.push(await test.signIn(organization, 'editor'));
  });
  afterAll(async () => {
    await test?.app?.close();
    await pooler?.stop();
    await test?.database?.drop();
  });

  async function asOwner(text: string): Promise<void> {
    const client = new Client(test.database.ownerUrl);
    await client.connect();
    await client.query(text).finally(() => client.end());
  }
  const tenantOf = (index: number) => (index % 2 === 0 ? own : foreign).id;
  const write = (index: number, note: object) =>
    test.http
      .post('/v1/notes')
      .set(headers[index % 2]!)
      .send(note);
  const list = (index: number) => test.http.get('/v1/notes').set(headers[index % 2]!);
  const tenantsIn = (body: { tenantId: string }[]) => [...new Set(body.map(({ tenantId }) => tenantId))];

  it('gives each of two tenants its own rows, through 300 requests at once over two connections', async () => {
    for (const index of [0, 1]) await write(index, { text: 'the first' }).expect(201);
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const refused = index % 5 === 0;
        const asked = index % 3 === 0 ? list(index) : write(index, { text: `note ${index}`, refused });
        const { status, body } = await asked;
        const expected = index % 3 === 0 ? 200 : refused ? 409 : 201;
        return { index, expected, status, tenants: status === 409 ? [tenantOf(index)] : tenantsIn(body) };
      }),
    );
    expect(answers.filter(({ status, expected }) => status !== expected)).toEqual([]);
    expect(answers.filter(({ index, tenants }) => tenants.join() !== tenantOf(index))).toEqual([]);
  });

  it('shows no rows to a statement without a scope that comes after all these', async () => {
    const database = test.app.get(Database);
    const reads = Array.from({ length: 20 }, () => database.rows('select from notes_of_a_test'));
    expect((await Promise.all(reads)).flat()).toEqual([]);
  });

  it('settles an Idempotency-Key that many send at once: the lock is that of the transaction', async () => {
    const send = () => write(0, { text: 'only once' }).set('idempotency-key', 'only-once-1');
    const statuses = (await Promise.all(Array.from({ length: 20 }, send))).map(({ status }) => status);
    expect(statuses.every((status) => status === 201 || status === 409)).toBe(true);
    const { body } = await list(0).expect(200);
    expect(body.filter(({ text }: { text: string }) => text === 'only once')).toHaveLength(1);
  });

  it('tells times in UTC, whatever the time zone of the database', async () => {
    await asOwner(`do $$ begin
      execute format('alter database %I set timezone = %L', current_database(), 'Asia/Tokyo');
    end $$`);
    await pooler.reconnect();
    const other = await test.another();
    const [row] = await other
      .get(Database)
      .rows<{ now: string; zone: string }>(`select now(), current_setting('timezone') as zone`);
    await other.close();
    expect(row!.zone).toBe('UTC');
    expect(Math.abs(Date.parse(row!.now) - Date.now())).toBeLessThan(600_000);
  });

  it('hears on its direct connection that a session ended in another instance', async () => {
    const other = await test.another();
    await other.listen(0, '127.0.0.1');
    const { email, password } = own.users.find(({ role }) => role === 'viewer')!;
    const { body } = await test.http.post('/v1/auth/login').send({ email, password }).expect(200);
    const as = { authorization: `Bearer ${body.accessToken}` };
    await test.http.get('/v1/me').set(as).expect(200);
    await fetch(`${await other.getUrl()}/v1/auth/logout`, { method: 'POST', headers: as });
    await eventually(() => test.http.get('/v1/me').set(as).expect(401), 20_000);
    await other.close();
  });

  it('does the work of jobs, which the queues take on direct connections', async () => {
    test.app.get(Jobs).handle(copyNote, async ({ text }) => {
      const insert = 'insert into notes_of_a_test (tenant_id, text) values ($1, $2)';
      await test.app.get(Database).rows(insert, [own.id, `copy of ${text}`]);
    });
    await test.app.get(WorkerRuntime).start();
    await runInScope({ tenantId: own.id }, () => test.app.get(Jobs).enqueue(copyNote, { text: 'a note' }));
    await eventually(async () => {
      const { body } = await list(0);
      expect(body.map(({ text }: { text: string }) => text)).toContain('copy of a note');
    });
  });
}

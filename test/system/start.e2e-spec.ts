import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { owned } from '../support/owned';
import { ROOT, alive, cleanUp, cleanups, folder } from '../support/postgres-launcher';
import { Visitor } from '../support/social';
import { freePorts, runScript } from '../support/start-process';
import { childrenOf, pidsOf, ports, postmasterOf, project, start } from '../support/start-project';

afterAll(cleanUp);

/** Whether all of them end by themselves. */
async function allGone(pids: number[]): Promise<boolean> {
  const deadline = Date.now() + 60_000;
  while (pids.some(alive) && Date.now() < deadline) await setImmediate();
  return !pids.some(alive);
}

describe('npm start', () => {
  const place = project();
  let variables: Record<string, string>;

  beforeAll(async () => {
    variables = await ports();
  });

  it('names every port that is taken and the variable that moves it, before it starts anything', async () => {
    const fresh = project();
    const other = createServer().listen(Number(variables.PORT), '127.0.0.1');
    const clash = { ...variables, INBOX_PORT: variables.MANAGEMENT_PORT! };
    const { ended, output } = start(fresh, clash);
    expect(await ended).toBe(1);
    await new Promise((resolve) => other.close(resolve));
    const port = variables.PORT!;
    expect(output()).toContain(
      `Port ${port} (API) is in use by another program. Set PORT, for example PORT=`,
    );
    expect(output()).toContain('is also that of MANAGEMENT_PORT. Set INBOX_PORT, for example INBOX_PORT=');
    expect(fs.readdirSync(path.join(fresh, '.data'))).toEqual([]);
  });

  it('refuses to be the way into production', async () => {
    const { ended, output } = start(place, { ...variables, NODE_ENV: 'production' });
    expect(await ended).toBe(1);
    expect(output()).toContain('npm run start:prod');
  });

  it('migrates as the owner, prints places, logins and drivers, and stops in order', async () => {
    const run = start(place, variables);
    await run.until(/Behind each port[^]*mail {2,}development inbox/);
    expect(run.output()).toContain('ran migrate as keelson_owner');
    expect(run.output()).toContain(`http://127.0.0.1:${variables.PORT}/docs`);
    expect(run.output()).toMatch(/Acme +owner +ada@acme\.test +pass phrase\n +\(none\) +out@side\.test/);
    expect((await fetch(`http://127.0.0.1:${variables.INBOX_PORT}/`)).status).toBe(200);
    const pids = pidsOf(place);
    expect(pids.map(alive)).toEqual([true, true, true]);

    const second = start(place, variables);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`npm start already runs in this folder (pid ${run.pid})`);

    process.kill(run.pid, 'SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.output()).toMatch(/api +api closed before its database/);
    expect(run.output()).toMatch(/worker +worker closed/);
    expect(pids.map(alive)).toEqual([false, false, false]);
    expect(fs.existsSync(path.join(place, '.data/start.json'))).toBe(false);
  });

  it('starts after its launcher was killed, without migrating and seeding again', async () => {
    const killed = start(place, variables);
    await killed.until(/Keelson is running/);
    const children = childrenOf(place).map(({ pid }) => pid);
    const database = postmasterOf(place);
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    await expect(allGone(children)).resolves.toBe(true);

    const next = start(place, variables);
    await next.until(/mail {2,}development inbox/);
    expect(next.output()).toContain(`adopted the database server (pid ${database})`);
    expect(next.output()).not.toContain('migrating');
    expect(next.output()).toContain('ada@acme.test');
    process.kill(next.pid, 'SIGTERM');
    expect(await next.ended).toBe(0);
    expect(alive(database)).toBe(false);
  });

  it('takes everything down, and says so with its exit code, when one process dies', async () => {
    const run = start(place, variables);
    await run.until(/Keelson is running/);
    const pids = pidsOf(place);
    const worker = childrenOf(place).find(({ name }) => name === 'worker')!;
    process.kill(worker.pid, 'SIGKILL');
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('the worker has ended (SIGKILL)');
    expect(pids.map(alive)).toEqual([false, false, false]);
  });

  it('ends what its state file says is left over, but no other program that has such a pid by now', async () => {
    const orphan = owned(spawn('sleep', ['60']));
    const stranger = owned(spawn('sleep', ['60']));
    cleanups.unshift(() => stranger.kill());
    const children = [
      { name: 'api', ...(await describeProcess(orphan.pid!)) },
      { name: 'worker', pid: stranger.pid, identity: 'an earlier boot 2' },
    ];
    const launcher = { pid: process.pid, identity: 'an earlier boot 1' };
    fs.writeFileSync(path.join(place, '.data/start.json'), JSON.stringify({ launcher, children }));
    const run = start(place, variables);
    await run.until(/Keelson is running/);
    expect([orphan.signalCode, stranger.signalCode]).toEqual(['SIGTERM', null]);
    process.kill(run.pid, 'SIGTERM');
    expect(await run.ended).toBe(0);
  });

  async function describeProcess(pid: number): Promise<object> {
    const program = `import { describeProcess } from './scripts/processes.mjs';
      console.log(JSON.stringify(describeProcess(${pid})));`;
    const run = runScript(ROOT, ['--input-type=module', '-e', program], {});
    await run.ended;
    return JSON.parse(run.output()) as object;
  }
});

describe('npm start with the application itself', () => {
  it('builds, lets a printed login in, and comes up again with nothing left to prepare', async () => {
    const place = folder();
    for (const name of ['scripts', 'src', 'migrations', 'package.json', 'nest-cli.json', '.swcrc']) {
      fs.cpSync(path.join(ROOT, name), path.join(place, name), { recursive: true });
    }
    for (const name of ['tsconfig.json', 'tsconfig.build.json']) {
      fs.copyFileSync(path.join(ROOT, name), path.join(place, name));
    }
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(place, 'node_modules'));
    const variables = await ports();
    const run = start(place, variables);
    const [, email, password] = await run.until(/owner +(\S+@\S+) {2,}(.+)\n[^]*mail {2,}development inbox/);
    const login = await fetch(`http://127.0.0.1:${variables.PORT}/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    expect(login.status).toBe(200);
    const [, page] = await run.until(/Sign in +(\S+), with Google \(local\) or GitHub \(local\)/);
    expect(await (await fetch(page!)).text()).toContain('<h1>Sign in</h1>');
    const { origin } = new URL(page!);
    const guest = new Visitor(origin, origin);
    expect((await guest.atGoogle({ id: '100000000000000000001' })).get('code')).toMatch(/^ksc_/);
    expect((await fetch(`http://127.0.0.1:${variables.PORT}/docs`)).status).toBe(200);
    const pids = pidsOf(place);
    process.kill(run.pid, 'SIGTERM');
    expect(await run.ended).toBe(0);
    expect(pids.map(alive)).toEqual([false, false, false]);

    const second = start(place, variables);
    await second.until(/Keelson is running/);
    expect(second.output()).not.toMatch(/building|migrating|demo data/);

    process.kill(second.pid, 'SIGTERM');
    await second.ended;
    await doctorSeesEdit(place, variables);
  });

  /** An edit makes dist stale as well, and doctor has to look at the migration all the same. */
  async function doctorSeesEdit(place: string, variables: Record<string, string>): Promise<void> {
    const file = path.join(place, 'migrations/1790000001000-users.create.ts');
    fs.writeFileSync(
      file,
      fs.readFileSync(file, 'utf8').replace('create table', 'create table if not exists'),
    );
    const doctor = runScript(place, ['scripts/doctor.mjs'], variables);
    expect(await doctor.ended).toBe(1);
    expect(doctor.output()).toMatch(
      /^FAIL {2}migrations .* UsersCreate1790000001000\. .*npm run db:reset\.$/m,
    );
  }
});

describe('npm run doctor', () => {
  interface Report {
    ok: boolean;
    checks: { name: string; status: string; detail: string; mend?: string }[];
    ports: { port: string; driver: string }[];
  }

  async function doctor(
    variables: Record<string, string>,
  ): Promise<{ code: number | string; report: Report }> {
    const run = runScript(ROOT, ['scripts/doctor.mjs', '--json'], variables);
    const code = await run.ended;
    return { code, report: JSON.parse(run.output()) as Report };
  }

  it('finds nothing wrong with a machine on which the embedded server runs', async () => {
    const { code, report } = await doctor(await ports());
    expect(report.checks.filter(({ status }) => status === 'problem')).toEqual([]);
    expect(code).toBe(0);
    expect(report.ports).toContainEqual({ port: 'database', driver: 'embedded PostgreSQL 18' });
  });

  it('tries every address it is given, hides their passwords, and fails when one does not answer', async () => {
    const [dead] = await freePorts(1);
    const { code, report } = await doctor({
      ...(await ports()),
      DATABASE_URL: `postgres://app:pgsecret@127.0.0.1:${dead}/shop`,
      REDIS_URL: `redis://:redissecret@127.0.0.1:${dead}`,
      SMTP_URL: `smtp://me:mailsecret@127.0.0.1:${dead}`,
    });
    expect(code).toBe(1);
    const failed = report.checks.filter(({ status }) => status === 'problem');
    expect(failed.map(({ name }) => name)).toEqual(['DATABASE_URL', 'REDIS_URL', 'SMTP_URL']);
    for (const { detail, mend } of failed) expect([detail, mend?.length]).not.toEqual([detail, undefined]);
    expect(failed.every(({ detail }) => detail.includes('ECONNREFUSED'))).toBe(true);
    expect(JSON.stringify(report)).not.toMatch(/pgsecret|redissecret|mailsecret/);
  });
});

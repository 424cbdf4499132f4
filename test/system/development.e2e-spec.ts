import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { cloneDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { alive, ask, cleanUp, cleanups } from '../support/postgres-launcher';
import { freePorts, runNode } from '../support/start-process';
import { childrenOf, pidsOf, ports, postmasterOf, project, start } from '../support/start-project';

afterAll(cleanUp);

const LONG_MS = 240_000;

/** Runs `npm run <script>` as a terminal or a process manager does; answers the process of npm and what it prints. */
function npm(script: string, cwd: string, env: Record<string, string>) {
  const { DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, SMTP_URL, NODE_ENV, ...inherited } = process.env;
  const child = spawn('npm', ['run', script], { cwd, env: { ...inherited, ...env }, stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  return { pid: child.pid!, output: () => output };
}

const gone = (pids: number[]) => eventually(() => expect(pids.filter(alive)).toEqual([]), LONG_MS);

/** The process that listens on a port of loopback. */
async function listenerOn(port: number): Promise<number> {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = fs
    .readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const inode = rows.find(([, local, , state]) => local?.endsWith(hex) && state === '0A')?.[9];
  const owner = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => {
      try {
        const files = fs.readdirSync(`/proc/${pid}/fd`);
        return files.some((file) => fs.readlinkSync(`/proc/${pid}/fd/${file}`) === `socket:[${inode}]`);
      } catch {
        return false;
      }
    });
  if (!owner) throw new Error(`nothing listens on ${port}`);
  return Number(owner);
}

const linuxIt = process.platform === 'linux' ? it : it.skip;

describe('A SIGTERM to npm', () => {
  linuxIt.each([
    ['start:prod', 'MANAGEMENT_PORT'],
    ['start:worker', 'WORKER_MANAGEMENT_PORT'],
  ])(
    'leaves nothing of npm run %s',
    async (script, variable) => {
      const database = await cloneDatabase();
      const [port, other] = (await freePorts(2)) as [number, number];
      const env = {
        DATABASE_URL: database.url,
        SHUTDOWN_DELAY_MS: '0',
        PORT: String(other),
        [variable]: String(port),
      };
      const { pid } = npm(script, process.cwd(), env);
      cleanups.unshift(() => alive(pid) && process.kill(pid, 'SIGKILL'));
      const application = await eventually(() => listenerOn(port), LONG_MS);
      cleanups.unshift(() => alive(application) && process.kill(application, 'SIGKILL'));
      process.kill(pid, 'SIGTERM');
      await gone([pid, application]);
      await database.drop();
    },
    LONG_MS,
  );

  it(
    'leaves nothing of npm start',
    async () => {
      const place = project();
      const { pid, output } = npm('start', place, await ports());
      cleanups.unshift(() => alive(pid) && process.kill(pid, 'SIGKILL'));
      await eventually(() => expect(output()).toMatch(/is running, ready/), LONG_MS);
      const pids = [pid, ...pidsOf(place)];
      process.kill(pid, 'SIGTERM');
      await gone(pids);
      // The launcher's own last step.
      await eventually(
        () => expect(fs.existsSync(path.join(place, '.data/start.json'))).toBe(false),
        LONG_MS,
      );
    },
    LONG_MS,
  );
});

describe('The database of development', () => {
  const place = project();
  const run = (script: string, ...args: string[]) =>
    runNode([`scripts/${script}.mjs`, ...args], { DATABASE_URL: '', DATABASE_OWNER_URL: '' }, place);
  /** Of the server that runs in its data folder. */
  const ownerUrl = () => {
    const data = path.join(place, '.data/postgres');
    const secrets = JSON.parse(fs.readFileSync(`${data}.secret.json`, 'utf8'));
    const port = fs.readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[3];
    return `postgres://keelson_owner:${secrets.keelson_owner}@127.0.0.1:${port}/keelson`;
  };

  it(
    'is opened for a command and closed after it, and used where npm start has it open',
    async () => {
      const alone = await run('cli', 'users');
      expect([alone.code, alone.stderr]).toEqual([0, expect.stringContaining('ran users as keelson_owner')]);
      expect(fs.existsSync(path.join(place, '.data/postgres/postmaster.pid'))).toBe(false);

      const running = start(place, await ports());
      await running.until(/is running, ready/);
      const database = postmasterOf(place);
      const beside = await run('cli', 'users');
      expect([beside.code, beside.stderr]).toEqual([
        0,
        expect.stringContaining('ran users as keelson_owner'),
      ]);
      expect([postmasterOf(place), alive(database)]).toEqual([database, true]);

      const refused = await run('db-reset');
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringContaining(`npm start runs in this folder (pid ${running.pid})`),
      ]);
      await ask(ownerUrl(), 'create table notes (text text)');
      process.kill(running.pid, 'SIGTERM');
      expect(await running.ended).toBe(0);
    },
    LONG_MS,
  );

  it(
    'is emptied by db:reset, which touches no other and nothing in production',
    async () => {
      const elsewhere: Record<string, string> = { DATABASE_URL: 'postgres://127.0.0.1:1/shop' };
      for (const env of [elsewhere, { DATABASE_URL: '', NODE_ENV: 'production' }]) {
        const { code, stderr } = await runNode(['scripts/db-reset.mjs'], env, place);
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(/NODE_ENV is production|DATABASE_URL .* is set/),
        ]);
      }
      const { code, stderr } = await run('db-reset');
      expect([code, stderr]).toEqual([0, expect.stringContaining('The development database is empty')]);
      const again = start(place, await ports());
      await again.until(/is running, ready/);
      expect(again.output()).toContain('ran migrate as keelson_owner');
      expect(await ask(ownerUrl(), `select to_regclass('notes') as notes`)).toEqual([{ notes: null }]);
      process.kill(again.pid, 'SIGTERM');
      expect(await again.ended).toBe(0);
    },
    LONG_MS,
  );
});

describe('npm start that is told to stop', () => {
  /** An API that takes its time: it ends when a file appears. */
  const SLOW = `require('node:http').createServer((request, response) => response.end()).listen(process.env.PORT, '127.0.0.1');
    process.on('SIGTERM', () => console.log('api is finishing'));
    setInterval(() => require('node:fs').existsSync('finished') && process.exit(), 20);`;

  it(
    'lets the application finish at a second SIGTERM, and ends at once at a second Ctrl-C',
    async () => {
      const place = project();
      fs.writeFileSync(path.join(place, 'dist/main.js'), SLOW);
      const patient = start(place, await ports());
      await patient.until(/is running, ready/);
      process.kill(patient.pid, 'SIGTERM');
      await patient.until(/api is finishing/);
      process.kill(patient.pid, 'SIGTERM');
      fs.writeFileSync(path.join(place, 'finished'), '');
      expect(await patient.ended).toBe(0);
      fs.rmSync(path.join(place, 'finished'));

      const hasty = start(place, await ports());
      await hasty.until(/is running, ready/);
      const pids = [...childrenOf(place).map(({ pid }) => pid), postmasterOf(place)];
      const again = setInterval(() => alive(hasty.pid) && process.kill(hasty.pid, 'SIGINT'), 100);
      expect(await hasty.ended.finally(() => clearInterval(again))).toBe(1);
      expect(hasty.output()).toContain('ending at once');
      await gone(pids);
    },
    LONG_MS,
  );
});

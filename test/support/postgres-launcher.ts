import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { owned } from './owned';

export const ROOT = process.cwd();
export const asRoot = process.getuid?.() === 0;
/** Needs root: it acts as a second user. */
export const rootIt = asRoot ? it : it.skip;
export const nobody = { uid: 65_534, gid: 65_534 };

/** Runs the launcher in a process of its own, until its standard input closes. */
const PROGRAM = `
  const { startPostgres } = await import(process.argv[1]);
  const { stop, exited, ...server } = await startPostgres(JSON.parse(process.argv[2]));
  console.log(JSON.stringify(server));
  process.stdin.resume().once('end', () => stop().then(() => process.exit()));
`;

export interface Server {
  url: string;
  ownerUrl: string;
  adminUrl: string;
  port: number;
  dataDir: string;
  adopted: boolean;
}

export interface Launcher {
  server: Server;
  child: ChildProcess;
  stop(): Promise<void>;
}

interface How {
  user?: typeof nobody;
  cwd?: string;
}

/** What a test file has to undo at its end, with `cleanUp`. */
export const cleanups: (() => unknown)[] = [];

export function launch(options: object, { user, cwd = ROOT }: How = {}): Promise<Launcher> {
  const { LANG, LC_ALL, LC_CTYPE, ...env } = process.env;
  const script = pathToFileURL(path.join(ROOT, 'scripts/embedded-postgres.mjs')).href;
  const args = ['--input-type=module', '-e', PROGRAM, script, JSON.stringify(options)];
  const child = owned(spawn(process.execPath, args, { ...user, cwd, env, stdio: 'pipe' }));
  let complaint = '';
  child.stderr.on('data', (data) => (complaint += data));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  cleanups.unshift(stop);
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) =>
      resolve({ server: JSON.parse(line), child, stop }),
    );
    void ended.then(() => reject(new Error(complaint)));
  });
}

export function folder(user?: typeof nobody): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'keelson-scripts-'));
  fs.chmodSync(made, 0o755);
  if (user) fs.chownSync(made, user.uid, user.gid);
  cleanups.push(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

export async function ask<T = Record<string, unknown>>(url: string, sql: string): Promise<T[]> {
  const client = new Client(url);
  try {
    await client.connect();
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

export const postmasterOf = ({ dataDir }: Server) =>
  Number(fs.readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export async function kill9({ child }: Launcher): Promise<void> {
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
}

/** Stops and removes what the test file has left, newest first. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0)) await cleanup();
}

import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { owned, TIE } from './owned';

/** A running `npm start` whose output can be waited for. */
export interface Started {
  pid: number;
  output(): string;
  /** Resolves when the output matches; rejects, with the output, when the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>;
}

/** Runs a script of `project` under Node with these variables beside those of the shell. */
export function runScript(project: string, args: string[], variables: Record<string, string>): Started {
  const { DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, SMTP_URL, NODE_ENV, ...env } = process.env;
  const child = owned(
    spawn(process.execPath, ['--import', TIE, ...args], {
      cwd: project,
      env: { ...env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    }),
  );
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data) => (text += data));
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? 0));
  });
  const until = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(text);
        if (found) resolve(found);
      };
      look();
      for (const stream of [child.stdout!, child.stderr!]) stream.on('data', look);
      void ended.then((end) => reject(new Error(`ended with ${end} before ${pattern}:\n${text}`)));
    });
  return { pid: child.pid!, output: () => text, until, ended };
}

/** What a process that ran to its end has left. */
export interface Outcome {
  code: number | string;
  stdout: string;
  stderr: string;
}

/** Runs `node <args>` to its end with these variables beside those of this process. */
export function runNode(args: string[], env: Record<string, string> = {}, cwd?: string): Promise<Outcome> {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: 'pipe' });
  const outcome = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (outcome.stdout += data));
  child.stderr.on('data', (data) => (outcome.stderr += data));
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ ...outcome, code: signal ?? code ?? 0 }));
  });
}

/** Different free ports of loopback. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
        ),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

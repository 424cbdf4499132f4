import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const CONFIGURATION = 'deploy/nginx/keelson.conf';
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** The `nginx` of this machine, if it has one. */
export const findNginx = (): string | undefined =>
  `${process.env.PATH ?? ''}${path.delimiter}/usr/sbin`
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'nginx'))
    .find((file) => existsSync(file));

/** The nginx of this machine with deploy/nginx/keelson.conf, in a folder of its own. */
export class Nginx {
  private log = '';

  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.log += text));
  }

  /** Starts it in the foreground, with the ports of this run in the place of those of the file. */
  static start(ports: Record<string, number>): Nginx {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'keelson-nginx-'));
    mkdirSync(path.join(folder, 'temporary'));
    const file = path.join(folder, 'nginx.conf');
    const temporary = TEMPORARY.map((name) => `${name}_temp_path ${folder}/temporary/${name};`);
    const http = [...temporary, 'access_log off;', 'keepalive_requests 1000000;'].join('\n');
    const servers = withPorts(readFileSync(CONFIGURATION, 'utf8'), ports);
    const head = `daemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\nerror_log stderr error;\nevents {}\n`;
    writeFileSync(file, `${head}http {\n${http}\n${servers}}\n`);
    const args = ['-p', folder, '-e', 'stderr', '-c', file];
    return new Nginx(folder, spawn(findNginx()!, args, { stdio: ['ignore', 'ignore', 'pipe'] }));
  }

  /** What it complained of. */
  complaints(): string {
    return this.log;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @throws Error when the file does not name each port once */
function withPorts(text: string, ports: Record<string, number>): string {
  return Object.entries(ports).reduce((changed, [from, to]) => {
    const parts = changed.split(`127.0.0.1:${from}`);
    if (parts.length !== 2) throw new Error(`${CONFIGURATION} does not name 127.0.0.1:${from} once.`);
    return parts.join(`127.0.0.1:${to}`);
  }, text);
}

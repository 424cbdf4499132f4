// The nginx of this machine, with deploy/nginx/keelson.conf, in a folder of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const CONFIGURATION = 'deploy/nginx/keelson.conf';
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export const findNginx = () =>
  `${process.env.PATH ?? ''}${path.delimiter}/usr/sbin`
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'nginx'))
    .find((file) => existsSync(file));

/** Puts the ports of this run in the place of those of the file. Throws when the file has others. */
function withPorts(text, ports) {
  return Object.entries(ports).reduce((changed, [from, to]) => {
    const parts = changed.split(`127.0.0.1:${from}`);
    if (parts.length !== 2) throw new Error(`${CONFIGURATION} does not name 127.0.0.1:${from} once.`);
    return parts.join(`127.0.0.1:${to}`);
  }, text);
}

/** Starts it in the foreground; `stop` ends it and removes its folder. */
export function startNginx(ports) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'keelson-nginx-'));
  mkdirSync(path.join(folder, 'temporary'));
  const temporary = TEMPORARY.map((name) => `${name}_temp_path ${folder}/temporary/${name};`);
  const file = path.join(folder, 'nginx.conf');
  const http = [...temporary, 'access_log off;', 'keepalive_requests 1000000;'].join('\n');
  const servers = withPorts(readFileSync(CONFIGURATION, 'utf8'), ports);
  const head = `daemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\nerror_log stderr error;\nevents {}\n`;
  writeFileSync(file, `${head}http {\n${http}\n${servers}}\n`);
  const args = ['-p', folder, '-e', 'stderr', '-c', file];
  const child = spawn(findNginx(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = once(child, 'exit');
  const log = [];
  child.stderr.setEncoding('utf8').on('data', (text) => log.push(text));
  return {
    log: () => log.join(''),
    async stop() {
      child.kill('SIGTERM');
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

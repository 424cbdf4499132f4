import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { nobody } from './postgres-launcher';
import { eventually } from './eventually';
import { owned } from './owned';
import { findProgram } from './programs';
import { freePorts } from './start-process';

/** The `pgbouncer` of this machine, if it has one. */
export const findPgBouncer = (): string | undefined => findProgram('pgbouncer');

const IGNORED = 'statement_timeout,idle_in_transaction_session_timeout';

export interface PgBouncer {
  /** The address of the same database and role, through PgBouncer. */
  through(url: string): string;
  /** Makes new connections to the servers, so that what was set there for new ones holds. */
  reconnect(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A PgBouncer of its own in transaction mode before the cluster of `url`, with two connections to each database: who
 * gets one after another must not get what the other left. It refuses to run as root, and start-up parameters that
 * are not in `ignored`.
 */
export async function startPgBouncer(url: string, ignored = IGNORED): Promise<PgBouncer> {
  const [port] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'keelson-pgbouncer-'));
  const config = join(folder, 'pgbouncer.ini');
  const { hostname, port: serverPort, username, password } = new URL(url);
  writeFileSync(join(folder, 'users.txt'), `"${username}" "${decodeURIComponent(password)}"\n`);
  const server = `host=${hostname} port=${serverPort}`;
  writeFileSync(config, settings({ folder, port: port!, server, user: username, ignored }));
  const account = process.getuid?.() === 0 ? nobody : undefined;
  if (account) chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o755);
  const pooler = owned(spawn(findPgBouncer()!, [config], { ...account, stdio: 'ignore' }));
  const gone = once(pooler, 'exit');
  const through = (address: string) => Object.assign(new URL(address), { port: String(port) }).href;
  const admin = Object.assign(new URL(through(url)), { pathname: '/pgbouncer' }).href;
  await eventually(() => say(admin, 'SHOW VERSION'));
  return {
    through,
    reconnect: () => say(admin, 'RECONNECT'),
    async stop() {
      pooler.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Places {
  readonly folder: string;
  readonly port: number;
  readonly server: string;
  readonly user: string;
  readonly ignored: string;
}

/** What docs/adr/0005 asks of an operator, and nothing else that would help. */
const settings = ({ folder, port, server, user, ignored }: Places) => `
[databases]
* = ${server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
admin_users = ${user}
ignore_startup_parameters = ${ignored}
`;

async function say(url: string, text: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(text).finally(() => client.end());
}

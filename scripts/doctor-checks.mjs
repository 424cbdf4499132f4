// The checks of `npm run doctor`. Each answers `{ status, detail, mend }`: status is ok (the default), warning or
// problem, and `mend` says what to do. Packages are loaded late: the doctor has to run before `npm ci` did.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { buildState, ensureBuilt, entryFile } from './build.mjs';
import { publicAddress } from './drivers.mjs';
import { portProblems, wantedPorts } from './ports.mjs';
import { runningLauncher } from './run-state.mjs';
import { dataFolder } from './settings.mjs';

const PATIENCE_MS = 3_000;
const gigabytes = (bytes) => `${(bytes / 1024 ** 3).toFixed(1)} GB`;

/** Name to check, in the order of the report. */
export const checks = {
  // Another Node than a supported one has been refused by src/launch.js.
  node: () => ({ detail: `${process.versions.node} on ${process.platform} ${process.arch}` }),

  packages() {
    const missing = ['@nestjs/core', 'pg', '@nestjs/cli', 'smtp-server'].filter(
      (name) => !fs.existsSync(path.join('node_modules', name)),
    );
    if (missing.length === 0) return { detail: 'installed' };
    return { status: 'problem', detail: `not installed: ${missing.join(', ')}`, mend: 'npm ci' };
  },

  async postgresql({ DATABASE_URL }) {
    if (DATABASE_URL) return { detail: 'embedded server not needed: DATABASE_URL is set' };
    const { findBinaries, majorVersion } = await import('./postgres-binaries.mjs');
    const { serverUser } = await import('./postgres-folders.mjs');
    const user = serverUser(path.join(dataFolder(), 'postgres'));
    const version = majorVersion(findBinaries(user));
    return { detail: `embedded PostgreSQL ${version} runs here${user ? ` as uid ${user.uid}` : ''}` };
  },

  memory() {
    const free = process.availableMemory?.() ?? os.freemem();
    const detail = `${gigabytes(free)} of ${gigabytes(os.totalmem())} free`;
    if (free > 700 * 1024 ** 2) return { detail };
    return { status: 'warning', detail, mend: 'the whole system takes about 0.5 GB: end some programs' };
  },

  disk() {
    const stat = fs.statfsSync('.');
    const free = stat.bavail * stat.bsize;
    const detail = `${gigabytes(free)} free in ${process.cwd()}`;
    if (free < 300 * 1024 ** 2) return { status: 'problem', detail, mend: 'free 300 MB' };
    return { detail };
  },

  'data folder'() {
    const folder = dataFolder();
    const existing = fs.existsSync(folder) ? folder : path.dirname(folder);
    fs.accessSync(existing, fs.constants.W_OK);
    return { detail: folder };
  },

  build() {
    const { state, detail } = buildState();
    if (state === 'current') return { detail: 'dist is up to date' };
    return { detail: `dist is ${state} (${detail}): npm start will build it` };
  },

  async migrations({ DATABASE_URL }) {
    // The passwords lie beside every embedded database.
    const exists = DATABASE_URL || fs.existsSync(path.join(dataFolder(), 'postgres.secret.json'));
    if (!exists) return { detail: 'there is no database yet' };
    // Or the migration that was edited just now would be the one that is not compared.
    await ensureBuilt(() => {});
    return compareMigrations();
  },

  async ports(env) {
    const launcher = runningLauncher(dataFolder());
    const wanted = wantedPorts(env);
    const numbers = wanted.map(({ port }) => port).join(', ');
    if (launcher) return { detail: `${numbers}: in use by npm start (pid ${launcher.pid}), which runs now` };
    const problems = await portProblems(wanted);
    if (problems.length === 0) return { detail: `${numbers} are free` };
    return { status: 'problem', detail: problems.join('; ') };
  },

  DATABASE_URL: ({ DATABASE_URL }) => database('DATABASE_URL', DATABASE_URL),
  DATABASE_OWNER_URL: ({ DATABASE_OWNER_URL }) => database('DATABASE_OWNER_URL', DATABASE_OWNER_URL),

  async REDIS_URL({ REDIS_URL }) {
    if (!REDIS_URL) return { detail: 'not set: limits in process, jobs on the database' };
    const { Redis } = await import('ioredis');
    const redis = new Redis(REDIS_URL, {
      lazyConnect: true,
      connectTimeout: PATIENCE_MS,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    let cause;
    redis.on('error', (error) => (cause = error));
    try {
      await redis.connect();
      await redis.ping();
      return { detail: `Redis answers at ${publicAddress(REDIS_URL)}` };
    } catch (error) {
      return unreachable(
        'REDIS_URL',
        REDIS_URL,
        reasonOf(cause ?? error),
        'start Redis, or unset REDIS_URL to do without',
      );
    } finally {
      redis.disconnect();
    }
  },

  async SMTP_URL({ SMTP_URL }) {
    if (!SMTP_URL) return { detail: 'not set: mail goes to the development inbox' };
    const mend = 'correct SMTP_URL, or unset it to use the development inbox';
    if (!URL.canParse(SMTP_URL)) return unreachable('SMTP_URL', SMTP_URL, 'not an address', mend);
    try {
      const greeting = await smtpGreeting(new URL(SMTP_URL));
      return { detail: `${publicAddress(SMTP_URL)} greets: ${greeting}` };
    } catch (error) {
      return unreachable('SMTP_URL', SMTP_URL, reasonOf(error), mend);
    }
  },
};

// A code such as ECONNREFUSED says more than an empty message; PostgreSQL's numbers say less than its words.
const reasonOf = ({ code, message }) => (/^E[A-Z]+$/.test(code) ? code : message);

const unreachable = (name, address, reason, mend) => ({
  status: 'problem',
  detail: `${name} does not work: ${publicAddress(address)}: ${reason}`,
  mend,
});

async function compareMigrations() {
  const { openDatabase } = await import('./development-database.mjs');
  const opened = await openDatabase({ log() {} });
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [entryFile('cli'), 'migrate', '--check'], {
      env: { ...process.env, DATABASE_URL: opened.url, DATABASE_OWNER_URL: opened.ownerUrl },
      encoding: 'utf8',
    });
    const pending = stdout.split('\n').filter(Boolean).length;
    if (status === 0) return { detail: pending ? `${pending} to run: npm start runs them` : 'all have run' };
    const [reason, ...more] = stderr.trim().split('\n');
    // A database that does not answer has a line of its own.
    return more.length > 0 || !reason.startsWith('Changed')
      ? { detail: `not compared: ${reason}` }
      : { status: 'problem', detail: reason };
  } finally {
    await opened.close();
  }
}

async function database(name, address) {
  if (!address) {
    const owner = name === 'DATABASE_OWNER_URL' && process.env.DATABASE_URL;
    return owner
      ? {
          status: 'warning',
          detail: 'not set',
          mend: 'give migrations a role of their own, which owns the tables',
        }
      : { detail: 'not set: embedded PostgreSQL' };
  }
  const { default: pg } = await import('pg');
  // As the application asks for it; migrations go straight to PostgreSQL.
  const limits = name === 'DATABASE_URL' && { statement_timeout: PATIENCE_MS };
  const client = new pg.Client({
    connectionString: address,
    connectionTimeoutMillis: PATIENCE_MS,
    ...limits,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT current_setting('server_version_num')::int / 10000 AS major, rolsuper OR rolbypassrls AS strong
         FROM pg_roles WHERE rolname = current_user`,
    );
    return judge(name, address, rows[0]);
  } catch (error) {
    const mend = /startup parameter/.test(error.message)
      ? 'set ignore_startup_parameters in pgbouncer.ini: docs/guide/deployment.md, "Behind PgBouncer"'
      : 'correct the address, start that server, or unset it to use the embedded one';
    return unreachable(name, address, reasonOf(error), mend);
  } finally {
    await client.end().catch(() => {});
  }
}

function judge(name, address, { major, strong }) {
  const detail = `PostgreSQL ${major} answers at ${publicAddress(address)}`;
  if (major < 18)
    return { status: 'problem', detail, mend: 'use PostgreSQL 18: identifiers come from uuidv7()' };
  if (!strong || name !== 'DATABASE_URL') return { detail };
  const mend = 'use a role without SUPERUSER and BYPASSRLS: this one sees the rows of every organization';
  return { status: 'warning', detail, mend };
}

async function smtpGreeting({ protocol, hostname, port }) {
  const secure = protocol === 'smtps:';
  const options = { host: hostname, port: Number(port || (secure ? 465 : 587)), servername: hostname };
  const socket = secure ? (await import('node:tls')).connect(options) : connect(options);
  try {
    return await new Promise((resolve, reject) => {
      socket.setTimeout(PATIENCE_MS, () => reject(new Error(`no greeting within ${PATIENCE_MS / 1000} s`)));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed without a greeting')));
      socket.once('data', (data) => {
        const line = String(data).split('\r\n')[0];
        if (line.startsWith('220')) resolve(line);
        else reject(new Error(`answered: ${line.slice(0, 100)}`));
      });
    });
  } finally {
    socket.destroy();
  }
}

// Everything a measurement runs on: a fresh PostgreSQL, the built application, rows, a signed-in user.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../embedded-postgres.mjs';
import { freePort } from '../ports.mjs';

const secret = () => randomBytes(32).toString('base64');

/** A migrated database with demo organizations, and the environment in which the built application uses it. */
export async function prepare(count = 1) {
  const postgres = await startPostgres({ ephemeral: true });
  const env = {
    ...process.env,
    DATABASE_URL: postgres.url,
    DATABASE_OWNER_URL: postgres.ownerUrl,
    AUTH_KEY_ENCRYPTION_KEY: secret(),
    JOBS_PAYLOAD_KEYS: secret(),
    PUBLIC_URL: 'https://bench.example',
    SMTP_URL: 'smtp://127.0.0.1:2525',
    MAIL_FROM: 'Bench <bench@bench.example>',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_DEFAULT: '1000000/1',
    RATE_LIMIT_AUTH: '1000000/1',
    RATE_LIMIT_API_KEY: '1000000/1',
  };
  cli(env, 'migrate');
  const { organizations } = JSON.parse(cli(env, 'seed', '--json', '--orgs', String(count)));
  return { postgres, env, organization: organizations[0], organizations };
}

function cli(env, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli.js', ...args], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`dist/cli.js ${args[0]} failed:\n${stderr}`);
  return stdout;
}

/** Fills the organization up to `count` products, a second apart. */
export async function fill({ postgres, organization }, count) {
  const client = new pg.Client(postgres.ownerUrl);
  await client.connect();
  await client.query(`select set_config('app.tenant_id', $1, false)`, [organization.id]);
  await client.query(
    `insert into products (tenant_id, name, description, price_minor, currency, stock, status, tags, created_at, version)
     select $1, 'Product ' || n, 'Made to be measured.', n % 100000, 'EUR', n % 100, 'active', '{bench}',
            timestamptz '2020-01-01' + n * interval '1 second', 1
     from generate_series(1, $2::int) n`,
    [organization.id, count],
  );
  await client.query('vacuum analyze products');
  const { rows } = await client.query('select id from products order by random() limit 1000');
  await client.end();
  return rows.map(({ id }) => id);
}

/** Starts `node ...args` and waits until `path` answers 200. `ms` is the time that took. */
export async function serve(args, env, path, more = {}) {
  const port = await freePort();
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...env, PORT: String(port), MANAGEMENT_PORT: '0', NODE_ENV: 'production', ...more },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url + path))) {
    if (child.exitCode !== null) throw new Error(`node ${args.join(' ')} ended with ${child.exitCode}`);
    await delay(5);
  }
  const ms = performance.now() - started;
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  };
  return { url, pid: child.pid, ms, stop };
}

const answers = (url) =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

/** An access token of the organization's owner. */
export async function signIn(url, { users }) {
  const { email, password } = users.find(({ role }) => role === 'owner');
  const response = await fetch(`${url}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw new Error(`login answered ${response.status}: ${await response.text()}`);
  return (await response.json()).accessToken;
}

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// npm run bench -- styles: what each way to reach a row under row-level security costs (ADR 0005).
import { createRequire } from 'node:module';
import pg from 'pg';
import { fill, median, prepare } from './environment.mjs';

const require = createRequire(import.meta.url);
const ROWS = 100_000;
const ROUNDS = 7;
const QUERIES = 6000;
const AT_ONCE = 16;
const COLUMNS =
  'id, name, description, price_minor as "priceMinor", currency, stock, status, tags, created_at as "createdAt", updated_at as "updatedAt"';
const ONE = `select ${COLUMNS}, version from products where tenant_id = $1 and id = $2`;
const BIND = `select set_config('app.tenant_id', $1, true)`;

/** Each style answers one product; `free` has no row security and is what the others are held against. */
async function styles(bench) {
  const tenantId = bench.organization.id;
  const { DATABASE_URL: connectionString } = bench.env;
  const plain = new pg.Pool({ connectionString, max: 10 });
  const pipelined = new pg.Pool({ connectionString, max: 10, pipeline: true });
  const { app, database, products, runInScope } = await application(bench.env);
  const query = (client, id, name = 'one', text = ONE) =>
    client.query({ name, text, values: [tenantId, id] });
  const withClient = async (pool, work) => {
    const client = await pool.connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  };
  const free = ONE.replace('from products', 'from products_free');
  const run = {
    'no row security': (id) => withClient(plain, (client) => query(client, id, 'free', free)),
    'one Sync (rows helper)': (id) => runInScope({ tenantId }, () => database.rows(ONE, [tenantId, id])),
    'pipelined BEGIN … COMMIT': (id) =>
      withClient(pipelined, (client) =>
        Promise.all([
          client.query('begin'),
          client.query({ name: 'bind', text: BIND, values: [tenantId] }),
          query(client, id),
          client.query('commit'),
        ]),
      ),
    'sequential BEGIN … COMMIT': (id) =>
      withClient(plain, async (client) => {
        await client.query('begin');
        await client.query({ name: 'bind', text: BIND, values: [tenantId] });
        await query(client, id);
        await client.query('commit');
      }),
    'one Sync, TypeORM findOneBy': (id) =>
      runInScope({ tenantId }, () => products.findOneBy({ tenantId, id })),
  };
  const stop = () => Promise.all([plain.end(), pipelined.end(), app.close()]);
  return { run, stop };
}

async function application(env) {
  Object.assign(process.env, env);
  const { NestFactory } = await import('@nestjs/core');
  const { DataSource } = await import('typeorm');
  const { AppModule } = require('../../dist/app.module.js');
  const { Database } = require('../../dist/core/database/database.js');
  const { runInScope } = require('../../dist/core/context.js');
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const repository = app.get(DataSource).getRepository('Product');
  return { app, database: app.get(Database), products: repository, runInScope };
}

async function round(work, ids) {
  const started = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < QUERIES) await work(ids[(next += 1) % ids.length]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return QUERIES / ((performance.now() - started) / 1000);
}

export async function measureStyles() {
  const bench = await prepare();
  const ids = await fill(bench, ROWS);
  await copyWithoutPolicies(bench);
  const { run, stop } = await styles(bench);
  const seen = Object.fromEntries(Object.keys(run).map((name) => [name, []]));
  try {
    for (let turn = 0; turn <= ROUNDS; turn += 1) {
      for (const [name, work] of Object.entries(run)) seen[name].push(await round(work, ids));
    }
  } finally {
    await stop();
    await bench.postgres.stop();
  }
  const base = median(seen['no row security'].slice(1));
  console.log(`one product of ${ROWS}, ${AT_ONCE} at once, ${ROUNDS} rounds of ${QUERIES} in turns; medians`);
  for (const [name, rates] of Object.entries(seen)) {
    const rate = median(rates.slice(1));
    console.log(
      `${name.padEnd(30)} ${String(Math.round(rate)).padStart(7)}/s  ratio ${(rate / base).toFixed(2)}`,
    );
  }
  return true;
}

/** The policies are forced, so they hold for every role: only a table without them is free of them. */
async function copyWithoutPolicies({ postgres, organization }) {
  const client = new pg.Client(postgres.ownerUrl);
  await client.connect();
  await client.query(`select set_config('app.tenant_id', $1, false)`, [organization.id]);
  await client.query('create table products_free (like products including all)');
  await client.query('insert into products_free select * from products');
  await client.query('vacuum analyze products_free');
  await client.end();
}

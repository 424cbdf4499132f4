// What the application is held against: Fastify and pg by hand, doing the same work for the same requests: the same
// token check with the same cache, the same validation, the same rows, the same JSON. No framework, no row security.
import { createPublicKey, verify } from 'node:crypto';
import Fastify from 'fastify';
import { LRUCache } from 'lru-cache';
import pg from 'pg';

pg.types.setTypeParser(1184, (text) => `${text.slice(0, 10)}T${text.slice(11).replace('+00', '')}Z`);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, options: '-c timezone=UTC' });
const keys = JSON.parse(process.env.BENCH_JWKS).keys.map((key) => createPublicKey({ key, format: 'jwk' }));
const verified = new LRUCache({ max: 10_000 });

function claimsOf(header) {
  const token = /^Bearer (.+)$/.exec(header ?? '')?.[1];
  if (!token) return null;
  const known = verified.get(token);
  if (known) return known.exp * 1000 > Date.now() ? known : null;
  const [head, payload, signature] = token.split('.');
  const data = Buffer.from(`${head}.${payload}`);
  const raw = Buffer.from(signature, 'base64url');
  if (!keys.some((key) => verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, raw))) return null;
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  verified.set(token, claims);
  return claims;
}

const text = { type: 'string' };
const integer = { type: 'integer', minimum: 0, maximum: 2_147_483_647 };
const product = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    description: text,
    priceMinor: integer,
    currency: text,
    stock: integer,
    status: text,
    tags: { type: 'array', items: text },
    createdBy: { ...text, nullable: true },
    createdAt: text,
    updatedAt: text,
  },
};
const input = {
  type: 'object',
  required: ['name', 'priceMinor', 'currency'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 120 },
    description: { type: 'string', maxLength: 5000, default: '' },
    priceMinor: integer,
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
    stock: { ...integer, default: 0 },
    status: { enum: ['draft', 'active', 'archived'], default: 'draft' },
    tags: { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 40 }, default: [] },
  },
};
const page = {
  type: 'object',
  properties: { items: { type: 'array', items: product }, nextCursor: { ...text, nullable: true } },
};
const query = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 }, cursor: text },
};
const params = { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } };
const COLUMNS =
  'id, name, description, price_minor as "priceMinor", currency, stock, status, tags, created_by as "createdBy", created_at as "createdAt", updated_at as "updatedAt"';
const statements = {
  one: `select ${COLUMNS}, version from products where tenant_id = $1 and id = $2`,
  first: `select ${COLUMNS} from products where tenant_id = $1 order by created_at desc, id desc limit $2`,
  after: `select ${COLUMNS} from products where tenant_id = $1 and (created_at, id) < ($3, $4) order by created_at desc, id desc limit $2`,
  insert: `insert into products (tenant_id, name, description, price_minor, currency, stock, status, tags, created_by, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) returning ${COLUMNS}, version`,
  outbox: process.env.BENCH_OUTBOX,
};
const run = (client, name, values) => client.query({ name, text: statements[name], values });

const app = Fastify();
app.addHook('onRequest', (request, reply, done) => {
  if (request.url === '/ready') return done();
  request.claims = claimsOf(request.headers.authorization);
  if (!request.claims) return reply.code(401).send();
  done();
});

app.get('/ready', () => ({}));
app.get('/v1/products/:id', { schema: { params, response: { 200: product } } }, async (request, reply) => {
  const { rows } = await run(pool, 'one', [request.claims.org, request.params.id]);
  if (!rows[0]) return reply.code(404).send();
  return reply.header('etag', `"${rows[0].version}"`).send(rows[0]);
});
app.get('/v1/products', { schema: { querystring: query, response: { 200: page } } }, async (request) => {
  const { limit, cursor } = request.query;
  const after = cursor ? JSON.parse(Buffer.from(cursor, 'base64url')) : undefined;
  const { rows } = after
    ? await run(pool, 'after', [request.claims.org, limit + 1, ...after])
    : await run(pool, 'first', [request.claims.org, limit + 1]);
  const more = rows.length > limit && rows.pop();
  const last = rows.at(-1);
  const nextCursor = more
    ? Buffer.from(JSON.stringify([last.createdAt, last.id])).toString('base64url')
    : null;
  return { items: rows, nextCursor };
});
app.post('/v1/products', { schema: { body: input, response: { 201: product } } }, async (request, reply) => {
  const { name, description, priceMinor, currency, stock, status, tags } = request.body;
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { org, sub } = request.claims;
    const values = [org, name, description, priceMinor, currency, stock, status, tags, sub];
    const { rows } = await run(client, 'insert', values);
    const fact = { productId: rows[0].id, name, priceMinor, currency };
    await run(client, 'outbox', ['product.created', fact, { tenantId: org }]);
    await client.query('commit');
    return reply
      .code(201)
      .header('location', `/v1/products/${rows[0].id}`)
      .header('etag', '"1"')
      .send(rows[0]);
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
});

process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });

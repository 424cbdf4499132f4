// npm run bench: this application beside a bare Fastify and pg server, in turns, in one run.
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import { fill, median, prepare, serve, signIn } from './environment.mjs';

const ROWS = 100_000;
const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 16;
const TARGETS = { 'get one': 0.6, 'list 20': 0.75, create: 0.65 };
const P99_TARGET_MS = 25;
/** The same row that the application's outbox takes. */
const OUTBOX = `insert into outbox (subject, payload, headers, priority, available_at) values ($1, $2, $3, 0, now())`;

const INPUT = JSON.stringify({
  name: 'Brass lantern',
  description: 'Burns for twelve hours.',
  priceMinor: 4990,
  currency: 'EUR',
  stock: 12,
  status: 'active',
  tags: ['lighting', 'deck'],
});

function workloads(ids) {
  let next = 0;
  const anyId = (request) => ({ ...request, path: `/v1/products/${ids[(next += 1) % ids.length]}` });
  return {
    'get one': { requests: [{ method: 'GET', setupRequest: anyId }] },
    'list 20': { requests: [{ method: 'GET', path: '/v1/products?limit=20' }] },
    create: {
      requests: [
        {
          method: 'POST',
          path: '/v1/products',
          body: INPUT,
          headers: { 'content-type': 'application/json' },
        },
      ],
    },
  };
}

/** Microseconds of processor time that a process has used; Linux only. */
function processorTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function drive({ url, pid }, token, workload, { seconds = SECONDS, rate } = {}) {
  const before = processorTime(pid);
  const result = await autocannon({
    url,
    ...workload,
    requests: workload.requests.map((request) => ({
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${token}` },
    })),
    connections: CONNECTIONS,
    duration: seconds,
    ...(rate && { overallRate: rate }),
  });
  if (result.non2xx || result.errors)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed: not a measurement`);
  const cpu = (processorTime(pid) - before) / result.requests.total;
  return { cpu, rate: result.requests.average, p50: result.latency.p50, p99: result.latency.p99 };
}

/** Drives both servers in turns. What counts is the median of the ratios of neighbouring turns. */
async function compare(servers, token, workload) {
  const seen = { ours: [], bare: [] };
  for (const server of Object.values(servers)) await drive(server, token, workload, { seconds: 2 });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of round % 2 ? ['bare', 'ours'] : ['ours', 'bare']) {
      seen[name].push(await drive(servers[name], token, workload));
    }
  }
  const ratios = seen.ours.map(({ rate }, round) => rate / seen.bare[round].rate);
  const [ours, bare] = [typical(seen.ours), typical(seen.bare)];
  const calm = await drive(servers.ours, token, workload, { seconds: 5, rate: Math.floor(ours.rate * 0.6) });
  return { ratios, ours, bare, calm };
}

const typical = (results) =>
  Object.fromEntries(
    Object.keys(results[0]).map((figure) => [figure, median(results.map((one) => one[figure]))]),
  );

const figures = ({ rate, p50, p99, cpu }) =>
  `${String(Math.round(rate)).padStart(6)}/s, ${p50}/${p99} ms p50/p99, ${String(Math.round(cpu)).padStart(3)} µs of processor`;

function report(name, { ratios, ours, bare, calm }) {
  const ratio = median(ratios);
  const met = ratio >= TARGETS[name];
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  console.log(
    `${name.padEnd(8)} ratio ${ratio.toFixed(2)} (${spread}; at least ${TARGETS[name].toFixed(2)}): ${met ? 'met' : 'NOT MET'}; ` +
      `p99 at 60 % of capacity ${calm.p99} ms (expected: under ${P99_TARGET_MS})\n` +
      `         ours ${figures(ours)}\n         bare ${figures(bare)}`,
  );
  return met;
}

export async function throughput() {
  const bench = await prepare();
  const running = [];
  try {
    const ids = await fill(bench, ROWS);
    const ours = await serve(['dist/main.js'], bench.env, '/health/ready');
    running.push(ours);
    const jwks = await (await fetch(`${ours.url}/.well-known/jwks.json`)).text();
    // The superuser is under no policy.
    const bareUrl = Object.assign(new URL(bench.postgres.adminUrl), { pathname: '/keelson' }).href;
    const bareEnv = { ...bench.env, DATABASE_URL: bareUrl, BENCH_JWKS: jwks, BENCH_OUTBOX: OUTBOX };
    const bare = await serve(['scripts/bench/bare-server.mjs'], bareEnv, '/ready');
    running.push(bare);
    const token = await signIn(ours.url, bench.organization);
    console.log(
      `${ROWS} rows, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s in turns; medians`,
    );
    let met = true;
    for (const [name, workload] of Object.entries(workloads(ids))) {
      met = report(name, await compare({ ours, bare }, token, workload)) && met;
    }
    return met;
  } finally {
    for (const server of running) await server.stop();
    await bench.postgres.stop();
  }
}

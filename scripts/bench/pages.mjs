// npm run bench -- pages: what a page in the middle of a large list costs beside the first.
import { fill, median, prepare, serve, signIn } from './environment.mjs';

const ROWS = 1_000_000;
const ROUNDS = 300;

export async function pages() {
  const bench = await prepare();
  let server;
  try {
    await fill(bench, ROWS);
    server = await serve(['dist/main.js'], bench.env, '/health/ready');
    const headers = { authorization: `Bearer ${await signIn(server.url, bench.organization)}` };
    const get = async (query) => {
      const started = performance.now();
      const response = await fetch(`${server.url}/v1/products?limit=20${query}`, { headers });
      const body = await response.json();
      if (!response.ok) throw new Error(JSON.stringify(body));
      return { ms: performance.now() - started, body };
    };
    const middle = await middleOf(get);
    const seen = { first: [], middle: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      seen.first.push((await get('')).ms);
      seen.middle.push((await get(`&cursor=${middle}`)).ms);
    }
    const [first, mid] = [median(seen.first.slice(50)), median(seen.middle.slice(50))];
    const met = mid / first <= 1.2;
    console.log(
      `page in the middle of ${ROWS} rows: ${mid.toFixed(2)} ms, first page: ${first.toFixed(2)} ms, ` +
        `ratio ${(mid / first).toFixed(2)} (at most 1.20)  ${met ? 'met' : 'NOT MET'}`,
    );
    return met;
  } finally {
    await server?.stop();
    await bench.postgres.stop();
  }
}

/** A cursor half-way: the `nextCursor` of a page that was narrowed to start there. */
async function middleOf(get) {
  const half = new Date(Date.UTC(2020, 0, 1) + (ROWS / 2) * 1000).toISOString();
  const { body } = await get(`&filter[createdAt][lt]=${half}`);
  return body.nextCursor;
}

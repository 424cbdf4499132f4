// npm run bench -- start: how long the built application takes to be ready, and what it then holds in memory.
import { readFileSync } from 'node:fs';
import { median, prepare, serve } from './environment.mjs';

const ROUNDS = 5;

export async function start() {
  const bench = await prepare();
  const seen = { ms: [], mb: [] };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await serve(['dist/main.js'], bench.env, '/health/ready');
      seen.ms.push(server.ms);
      seen.mb.push(residentMb(server.pid));
      await server.stop();
    }
  } finally {
    await bench.postgres.stop();
  }
  const [ms, mb] = [median(seen.ms), median(seen.mb)];
  console.log(
    `ready after ${Math.round(ms)} ms (expected: under 2000), ${Math.round(mb)} MB resident (under 160); ` +
      `medians of ${ROUNDS}`,
  );
  return true;
}

/** Linux only. */
function residentMb(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

// npm run bench [-- pages|styles|auth|start]: figures of docs/performance.md. Exits with 1 when a ratio or a count
// misses its target. A time depends on the machine: it is printed beside what is expected, and decides nothing.
import '../src/launch.js';
import { existsSync } from 'node:fs';

const MEASUREMENTS = {
  throughput: async () => (await import('./bench/throughput.mjs')).throughput(),
  pages: async () => (await import('./bench/pages.mjs')).pages(),
  styles: async () => (await import('./bench/styles.mjs')).measureStyles(),
  auth: async () => (await import('./bench/auth.mjs')).auth(),
  start: async () => (await import('./bench/start.mjs')).start(),
};

const name = process.argv[2] ?? 'throughput';
const measure = MEASUREMENTS[name];
if (!measure) {
  console.error(`There is no measurement "${name}". There are: ${Object.keys(MEASUREMENTS).join(', ')}.`);
  process.exit(2);
}
const needed = ['organizations', 'products', ...(name === 'auth' ? ['api-keys'] : [])];
const missing = needed.filter((module) => !existsSync(`src/modules/${module}`));
if (name !== 'start' && missing.length > 0) {
  console.error(
    `"${name}" measures products of an organization, and there is no module ${missing.join(', ')}.`,
  );
  process.exit(2);
}
process.exit((await measure()) ? 0 : 1);

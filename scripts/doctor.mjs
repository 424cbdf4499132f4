// `npm run doctor [-- --json]`: what this machine has, what each port will use, and how to mend what is wrong.
// Exit code 1 means that `npm start` could not work.
import '../src/launch.js';
import { checks } from './doctor-checks.mjs';
import { drivers, publicAddress } from './drivers.mjs';
import { enterProject } from './settings.mjs';

const SIGNS = { ok: 'ok  ', warning: 'warn', problem: 'FAIL' };

async function examine() {
  const results = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      const { status = 'ok', detail, mend } = await check(process.env);
      results.push({ name, status, detail, ...(mend && { mend }) });
    } catch (error) {
      results.push({ name, status: 'problem', detail: error.message });
    }
  }
  const { env } = process;
  const used = drivers(env, {
    database: env.DATABASE_URL
      ? `PostgreSQL at ${publicAddress(env.DATABASE_URL)}`
      : 'embedded PostgreSQL 18',
    inbox: `http://127.0.0.1:${env.INBOX_PORT || 1080}/`,
  });
  return {
    ok: results.every(({ status }) => status !== 'problem'),
    checks: results,
    ports: used.map(([port, driver]) => ({ port, driver })),
  };
}

function report({ ok, checks: results, ports }) {
  const lines = results.flatMap(({ name, status, detail, mend }) => [
    `${SIGNS[status]}  ${name.padEnd(18)} ${detail}`,
    ...(mend ? [`      ${''.padEnd(18)} → ${mend}`] : []),
  ]);
  return [
    ...lines,
    '',
    'What each port will use',
    ...ports.map(({ port, driver }) => `      ${port.padEnd(18)} ${driver}`),
    '',
    ok ? 'npm start will work.' : 'npm start will not work until the lines marked FAIL are mended.',
  ].join('\n');
}

enterProject();
const examined = await examine();
console.log(process.argv.includes('--json') ? JSON.stringify(examined, null, 2) : report(examined));
// Not process.exit(): it would cut off a long report in a pipe.
process.exitCode = examined.ok ? 0 : 1;

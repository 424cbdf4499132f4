// What a smoke test asks of an installation, in this order. Each check answers what it saw, or throws what is wrong.
import { setTimeout as delay } from 'node:timers/promises';

const HEADERS = {
  'x-content-type-options': /^nosniff$/,
  'content-security-policy': /default-src 'none'/,
  'referrer-policy': /^no-referrer$/,
  'x-frame-options': /^DENY$/,
  'cache-control': /no-store/,
};
const HSTS = { 'strict-transport-security': /max-age=[1-9]\d{6,}/ };

/** Right after a roll-out the balancer may not have noticed yet, so this one asks until time is up. */
async function ready(installation) {
  await installation.expect(200, 'GET', '/health/live');
  for (let asked = 1; ; asked += 1) {
    const answer = await installation
      .ask('GET', '/health/ready')
      .catch((error) => ({ status: error.message }));
    if (answer.status === 200) return asked === 1 ? 'live and ready' : `ready when asked ${asked} times`;
    if (installation.left === 0) throw new Error(`/health/ready answered ${answer.status}`);
    await delay(Math.min(1000, installation.left));
  }
}

async function document(installation) {
  const { status, body } = await installation.ask('GET', '/openapi.json');
  if (status === 404) return 'not served (API_DOCS=false)';
  if (status !== 200) throw new Error(`/openapi.json answered ${status}`);
  if (!body?.openapi?.startsWith('3.1.') || !body.paths?.['/v1/auth/login'])
    throw new Error('no OpenAPI document');
  return `${Object.keys(body.paths).length} paths`;
}

async function strangers(installation) {
  const { headers, body } = await installation.expect(401, 'GET', '/v1/me');
  if (!headers.get('content-type')?.startsWith('application/problem+json') || !body?.code)
    throw new Error('the refusal is no problem document');
  const metrics = await installation.ask('GET', '/metrics');
  if (metrics.status !== 404) throw new Error(`/metrics is public: it answered ${metrics.status}`);
  return `refused with ${body.code}; no metrics`;
}

async function securityHeaders(installation) {
  const { headers } = await installation.expect(200, 'GET', '/health/live');
  const wanted = { ...HEADERS, ...(installation.origin.startsWith('https:') && HSTS) };
  const lacking = Object.keys(wanted).filter((name) => !wanted[name].test(headers.get(name) ?? ''));
  if (headers.has('x-powered-by')) lacking.push('no x-powered-by');
  if (lacking.length > 0) throw new Error(`missing or weak: ${lacking.join(', ')}`);
  return `${Object.keys(wanted).length} as they should be`;
}

async function signIn(installation) {
  const { email, password } = installation;
  if (!email || !password)
    throw new Error('set SMOKE_EMAIL and SMOKE_PASSWORD, of an account for this alone');
  const { body } = await installation.expect(200, 'POST', '/v1/auth/login', { json: { email, password } });
  installation.token = body.accessToken;
  return 'signed in';
}

/** Right after a roll-out a pod that is on its way out may still answer, so this one, too, asks until it is content. */
async function version(installation) {
  const wanted = installation.wanted.filter(([, value]) => value);
  const settled = performance.now() + installation.settleMs;
  for (;;) {
    const { body } = await installation.expect(200, 'GET', '/health/version');
    if (!body?.version) throw new Error('no version is told');
    const other = wanted.find(([name, value]) => body[name] !== value);
    if (!other) return `${body.version}, revision ${body.revision}`;
    const [name, value] = other;
    if (performance.now() > settled) throw new Error(`${name} ${body[name]} answers, not ${value}`);
    await delay(500);
  }
}

/** To the probe account itself, which exists in every installation, whatever modules it has. */
async function write(installation) {
  const { body: before } = await installation.expect(200, 'GET', '/v1/me');
  const change = (name) => installation.expect(200, 'PATCH', '/v1/me', { json: { name } });
  const mark = `smoke ${Date.now()}`;
  try {
    await change(mark);
    const { body } = await installation.expect(200, 'GET', '/v1/me');
    if (body.name !== mark) throw new Error('what was written was not read');
  } finally {
    await change(before.name);
  }
  return 'name changed, read and changed back';
}

async function signOut(installation) {
  if (!installation.token) throw new Error('not signed in');
  await installation.expect(204, 'POST', '/v1/auth/logout');
  await installation.expect(401, 'GET', '/v1/me');
  return 'the session is gone';
}

export const CHECKS = {
  health: ready,
  OpenAPI: document,
  strangers,
  headers: securityHeaders,
  'sign-in': signIn,
  version,
  'write, clean up': write,
  'sign-out': signOut,
};

/** Runs every check, also after one failed, and prints a line for each. Answers whether all is well. */
export async function runChecks(checks, installation) {
  console.log(`${installation.origin}\n${row('', 'check', 'ms', 'seen')}`);
  let well = true;
  for (const [name, check] of Object.entries(checks)) {
    const begun = performance.now();
    const [mark, seen] = await check(installation).then(
      (text) => ['ok', text],
      (error) => ['FAIL', [error.message, error.cause?.code].filter(Boolean).join(': ')],
    );
    well &&= mark === 'ok';
    console.log(row(mark, name, String(Math.round(performance.now() - begun)), seen));
  }
  return well;
}

const row = (mark, name, ms, seen) => `${mark.padEnd(5)}${name.padEnd(17)}${ms.padStart(6)}  ${seen}`;

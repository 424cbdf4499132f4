// npm run smoke                     boots what was built, on an embedded PostgreSQL, and stops it again
// npm run smoke -- https://…        asks a running installation, as the account of SMOKE_EMAIL and SMOKE_PASSWORD,
//                                   and prints what it found; SMOKE_VERSION and SMOKE_REVISION say which has to answer
//                                   after at most SMOKE_SETTLE_SECONDS (10), in which pods on their way out may, too
// Exit code: 0 all is well, 1 something is not, 2 it could not be asked.
import '../src/launch.js';
import { enterProject } from './settings.mjs';

async function smoke(given) {
  if (given === undefined) {
    const { smokeBuilt } = await import('./smoke/built.mjs');
    await smokeBuilt();
    return 0;
  }
  const { addressOf, Installation } = await import('./smoke/installation.mjs');
  const address = addressOf(given);
  if (!address) {
    console.error(`"${given}" is no https:// address (http:// only on this machine: it carries a password).`);
    return 2;
  }
  const { CHECKS, runChecks } = await import('./smoke/checks.mjs');
  const { SMOKE_EMAIL: email, SMOKE_PASSWORD: password } = process.env;
  const { SMOKE_VERSION: version, SMOKE_REVISION: revision } = process.env;
  const settle = process.env.SMOKE_SETTLE_SECONDS || '10';
  if (!/^([12]?\d|30)$/.test(settle)) {
    console.error(`SMOKE_SETTLE_SECONDS takes a whole number from 0 to 30, not "${settle}".`);
    return 2;
  }
  const settleMs = Number(settle) * 1000;
  const installation = new Installation(address, { email, password, version, revision, settleMs });
  return (await runChecks(CHECKS, installation)) ? 0 : 1;
}

enterProject();
process.exitCode = await smoke(process.argv[2]);

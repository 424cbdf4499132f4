// A configuration that production takes: every secret real, and of this run alone.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { builtConfiguration, entryFile } from '../build.mjs';

const key = () => randomBytes(32).toString('base64');

/** Everything but the database. Mails would go to a port where nobody listens. */
export const productionSettings = () => ({
  NODE_ENV: 'production',
  AUTH_KEY_ENCRYPTION_KEY: key(),
  JOBS_PAYLOAD_KEYS: key(),
  SMTP_URL: 'smtp://127.0.0.1:9?requireTLS=false',
  MAIL_FROM: 'Smoke <smoke@example.com>',
  PUBLIC_URL: 'https://api.example.com',
});

/** The variables that have no default in production, and the secrets: names and what is known of each. */
function guarded() {
  const known = [...builtConfiguration().variables].map(([name, schema]) => [name, schema.meta() ?? {}]);
  return known.filter(([, { development, secret }]) => development !== undefined || secret);
}

/** Throws unless a built process names every secret and address that is missing, or that everybody knows. */
export function expectRefusals(entry, env) {
  const all = guarded();
  const needed = all.filter(([, { development }]) => development !== undefined);
  const rounds = {
    'is missing': needed.map(([name]) => [name, '']),
    'is known': all.map(([name, { development = 'development-secret' }]) => [name, development]),
  };
  for (const [fault, values] of Object.entries(rounds)) {
    const { status, stderr } = spawnSync(process.execPath, [entryFile(entry)], {
      env: { ...env, ...Object.fromEntries(values) },
      encoding: 'utf8',
      timeout: 20_000,
    });
    const accepted = values.map(([name]) => name).filter((name) => !stderr.includes(`  ${name}: `));
    if (status === 1 && accepted.length === 0) continue;
    throw new Error(`dist/${entry}.js accepts what ${fault}: ${accepted.join(', ') || status}\n${stderr}`);
  }
}

// A configuration that production takes: every secret real, and of this run alone.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { entryFile } from '../build.mjs';

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

/** Throws unless a built process refuses to start as soon as one of the settings is missing, or is no secret. */
export function expectRefusals(entry, env) {
  for (const [name, value] of Object.entries({ AUTH_KEY_ENCRYPTION_KEY: '', JOBS_PAYLOAD_KEYS: 'short' })) {
    const { status, stderr } = spawnSync(process.execPath, [entryFile(entry)], {
      env: { ...env, [name]: value },
      encoding: 'utf8',
      timeout: 20_000,
    });
    if (status === 1 && stderr.includes(`  ${name}: `)) continue;
    throw new Error(`dist/${entry}.js did not refuse to start with ${name}="${value}":\n${stderr}`);
  }
}

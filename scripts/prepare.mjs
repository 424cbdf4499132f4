// Migrates and seeds, and remembers it: both are repeatable, but a second start should not pay for them.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { entryFile } from './build.mjs';
import { runCommand } from './services.mjs';

/**
 * Brings the database to the schema of the build and puts the demo data in. Answers what the seed command printed.
 * Skipped while build, database and its tables are those of the last time.
 */
export async function prepareDatabase(folder, env, log) {
  const file = path.join(folder, 'prepared.json');
  const known = read(file);
  if (known && known.fingerprint === (await fingerprint(env))) return known.seed;
  log('migrating the database');
  await runCommand('migrate', [entryFile('cli'), 'migrate'], { env });
  log('putting in the demo data');
  const seedCommand = [entryFile('cli'), 'seed', '--json', '--orgs', '2'];
  const seed = parseSeed(await runCommand('seed', seedCommand, { env, capture: true }));
  const text = JSON.stringify({ fingerprint: await fingerprint(env), seed });
  // Holds the demo passwords.
  fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
  return seed;
}

function parseSeed(output) {
  try {
    return JSON.parse(output);
  } catch {
    throw new Error(`The seed command printed something else than JSON: ${output.slice(0, 200)}`);
  }
}

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

// The numbers of the tables change when a table is dropped or made again, whoever does it.
async function fingerprint(env) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: env.DATABASE_OWNER_URL, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT string_agg(oid::text, ' ' ORDER BY oid) AS tables FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`,
    );
    const build = fs.statSync(entryFile('cli')).mtimeMs;
    // The embedded server takes another port each time; its password is its own.
    const server = process.env.DATABASE_URL
      ? env.DATABASE_OWNER_URL
      : new URL(env.DATABASE_OWNER_URL).password;
    const parts = [server, build, rows[0].tables];
    return createHash('sha256').update(parts.join('\n')).digest('hex');
  } finally {
    await client.end().catch(() => {});
  }
}

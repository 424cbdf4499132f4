// Runs a command of the built application that needs a database: on the one of DATABASE_URL, or on an embedded one
// that is migrated first and gone afterwards. `node scripts/with-database.mjs routes --json`
import { ensureBuilt, entryFile } from './build.mjs';
import { runCommand, startProcess, stopProcesses } from './services.mjs';
import { enterProject } from './settings.mjs';

enterProject();
// Standard output belongs to the command: somebody may be parsing it.
console.log = console.error;
const cli = entryFile('cli');

async function openDatabase() {
  const { DATABASE_URL, DATABASE_OWNER_URL } = process.env;
  if (DATABASE_URL) return { url: DATABASE_URL, ownerUrl: DATABASE_OWNER_URL || DATABASE_URL, stop() {} };
  const { startPostgres } = await import('./embedded-postgres.mjs');
  const database = await startPostgres({ ephemeral: true });
  const env = { ...process.env, DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl };
  // Captured: what the migration prints is not what was asked for.
  await runCommand('migrate', [cli, 'migrate'], { env, capture: true }).catch(async (error) => {
    await database.stop();
    throw error;
  });
  return database;
}

async function run() {
  await ensureBuilt(console.error);
  const database = await openDatabase();
  const env = { ...process.env, DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl };
  try {
    const { output, ended } = startProcess('', [cli, ...process.argv.slice(2)], { env, capture: true });
    process.stdout.write(await output);
    return (await ended) === 'exit code 0' ? 0 : 1;
  } finally {
    await database.stop();
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stopProcesses());
process.exitCode = await run().catch((error) => {
  console.error(error.message);
  return 1;
});

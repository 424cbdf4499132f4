// Runs a command of the built application that needs no particular data: on the database of DATABASE_URL, or on an
// embedded one that is migrated first and gone afterwards. `node scripts/with-database.mjs routes --json`
import '../src/launch.js';
import { openDatabase } from './development-database.mjs';
import { runCli } from './run-cli.mjs';
import { enterProject } from './settings.mjs';

async function openEphemeral() {
  const { startPostgres } = await import('./embedded-postgres.mjs');
  const server = await startPostgres({ ephemeral: true });
  return { ...server, close: server.stop };
}

enterProject();
const command = process.argv.slice(2);
process.exitCode = process.env.DATABASE_URL
  ? await runCli(() => openDatabase({ log: console.error }), [command])
  : await runCli(openEphemeral, [['migrate'], command]);

// `npm run seed -- --json --orgs 2`: demo data in the database of DATABASE_URL, or in the one that `npm start` uses,
// whether it runs at the moment or not.
import path from 'node:path';
import { ensureBuilt, entryFile } from './build.mjs';
import { startPostgres } from './embedded-postgres.mjs';
import { runningLauncher } from './run-state.mjs';
import { runCommand } from './services.mjs';
import { dataFolder, enterProject } from './settings.mjs';

// Standard output belongs to the command: somebody may be parsing it.
console.log = console.error;

async function openDatabase() {
  const { DATABASE_URL, DATABASE_OWNER_URL } = process.env;
  if (DATABASE_URL)
    return { url: DATABASE_URL, ownerUrl: DATABASE_OWNER_URL || DATABASE_URL, async close() {} };
  const server = await startPostgres({ dataDir: path.join(dataFolder(), 'postgres'), log: console.error });
  return { ...server, close: async () => (runningLauncher(dataFolder()) ? server.leave() : server.stop()) };
}

async function seed() {
  enterProject();
  await ensureBuilt(console.error);
  const database = await openDatabase();
  const env = { ...process.env, DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl };
  try {
    await runCommand('migrate', [entryFile('cli'), 'migrate'], { env, capture: true });
    const command = [entryFile('cli'), 'seed', ...process.argv.slice(2)];
    process.stdout.write(await runCommand('seed', command, { env, capture: true }));
  } finally {
    await database.close();
  }
}

await seed().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

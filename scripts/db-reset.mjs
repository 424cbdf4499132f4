// `npm run db:reset`: empties the embedded database of development. It touches no other, whatever is set.
import '../src/launch.js';
import * as fs from 'node:fs';
import path from 'node:path';
import { openDatabase } from './development-database.mjs';
import { DATABASE } from './postgres-roles.mjs';
import { runningLauncher } from './run-state.mjs';
import { dataFolder, enterProject } from './settings.mjs';

/** Why there is nothing to empty here; undefined when there is. */
function refusal({ NODE_ENV, DATABASE_URL, DATABASE_OWNER_URL }) {
  if (NODE_ENV === 'production') return 'NODE_ENV is production: db:reset is for development.';
  if (DATABASE_URL || DATABASE_OWNER_URL)
    return (
      'DATABASE_URL or DATABASE_OWNER_URL is set: db:reset empties the embedded database and no other. ' +
      'Unset it, or drop and create that database with its own tools.'
    );
  const launcher = runningLauncher(dataFolder());
  return launcher && `npm start runs in this folder (pid ${launcher.pid}): end it first.`;
}

async function reset() {
  const server = await openDatabase({ log: console.error });
  const { default: pg } = await import('pg');
  const admin = new pg.Client({ connectionString: server.adminUrl });
  try {
    await admin.connect();
    await admin.query(`drop database if exists ${DATABASE} with (force)`);
  } finally {
    await admin.end();
    await server.close();
  }
  // It names rows that are gone.
  fs.rmSync(path.join(dataFolder(), 'prepared.json'), { force: true });
  console.error('The development database is empty: npm start migrates it and puts in the demo data.');
}

enterProject();
const refused = refusal(process.env);
if (refused) console.error(refused);
else await reset();
process.exitCode = refused ? 1 : 0;

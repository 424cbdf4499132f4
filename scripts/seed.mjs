// `npm run seed -- --json --orgs 2`: demo data in the database of development, which is migrated first.
import '../src/launch.js';
import { openDatabase } from './development-database.mjs';
import { runCli } from './run-cli.mjs';
import { enterProject } from './settings.mjs';

enterProject();
const seed = ['seed', ...process.argv.slice(2)];
process.exitCode = await runCli(() => openDatabase({ log: console.error }), [['migrate'], seed]);

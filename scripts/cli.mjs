// `npm run cli -- users disable ada@example.com`: a command of the built application, on the database of development.
// In production it is `node dist/cli.js` and nothing more.
import '../src/launch.js';
import { openDatabase } from './development-database.mjs';
import { runCli } from './run-cli.mjs';
import { enterProject } from './settings.mjs';

if (process.env.NODE_ENV === 'production') {
  await import('../dist/cli.js');
} else {
  enterProject();
  process.exitCode = await runCli(() => openDatabase({ log: console.error }), [process.argv.slice(2)]);
}

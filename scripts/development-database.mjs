// The database of development: that of DATABASE_URL, or the embedded one in the data folder, which `npm start` and the
// commands share.
import path from 'node:path';
import { runningLauncher } from './run-state.mjs';
import { dataFolder } from './settings.mjs';

/**
 * Opens it, and answers `{ url, ownerUrl, stop(), close() }` and for the embedded one what `startPostgres` answers.
 * `close()` lets the server run on for an `npm start` that uses it; `stop()` ends it.
 */
export async function openDatabase({ port, log }) {
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl } = process.env;
  if (url) return { url, ownerUrl: ownerUrl || url, async stop() {}, async close() {} };
  const { startPostgres } = await import('./embedded-postgres.mjs');
  const launcher = runningLauncher(dataFolder());
  // The server that is found then is nothing that was left behind.
  const quiet = launcher && launcher.pid !== process.pid;
  const dataDir = path.join(dataFolder(), 'postgres');
  const server = await startPostgres({ dataDir, port, log: quiet ? () => {} : log });
  return { ...server, close: async () => (runningLauncher(dataFolder()) ? server.leave() : server.stop()) };
}

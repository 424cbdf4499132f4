// Runs commands of the built application on a database that is opened for them.
import { ensureBuilt, entryFile } from './build.mjs';
import { killProcesses, startProcess, stopProcesses } from './services.mjs';

/**
 * Builds what is stale, opens the database, and runs the commands one after another until one fails; answers the exit
 * code. Standard output carries the results of the commands and nothing else.
 */
export async function runCli(open, commands) {
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => void (signals++ && signal === 'SIGINT' ? killProcesses() : stopProcesses()));
  try {
    await ensureBuilt(console.error);
    const database = await open();
    const env = { ...process.env, DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl };
    try {
      return await runAll(commands, env);
    } finally {
      await database.close();
    }
  } catch (error) {
    console.error(error.message);
    return 1;
  }
}

async function runAll(commands, env) {
  for (const command of commands) {
    const { output, ended } = startProcess('', [entryFile('cli'), ...command], { env, capture: true });
    process.stdout.write(await output);
    const end = await ended;
    if (end !== 'exit code 0') return Number(/^exit code (\d+)$/.exec(end)?.[1] ?? 1);
  }
  return 0;
}

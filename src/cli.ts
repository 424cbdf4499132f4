import './launch';
import { argumentsOf, type CliCommand } from './core/command-line';
import { ConfigurationError, readConfiguration } from './core/config/configuration';
import { databaseConfig } from './core/database/database.config';
import { ChangedMigrationsError } from './core/database/migration-checksums';
import { migrate, pendingMigrations, revertNewest } from './core/database/migrations';
import { processLogger } from './core/process';

const addresses = () => {
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl = url } = readConfiguration(
    databaseConfig,
    process.env,
  );
  return { url, ownerUrl };
};

/** These need no application, and a deployment waits for them: they start without loading it. */
const OF_DATABASE: Record<string, CliCommand> = {
  migrate: {
    does: 'run every pending migration (as DATABASE_OWNER_URL); --check lists them, and fails when one that ran has changed',
    run: async (args) =>
      args.flag('check')
        ? (await pendingMigrations(addresses())).forEach((name) => console.log(name))
        : console.error((await migrate(addresses())).join('\n') || 'nothing to migrate'),
  },
  'migrate:revert': { does: 'take back the newest migration', run: () => revertNewest(addresses()) },
};

const ofApplication = (): Record<string, CliCommand> =>
  (require('./application-commands') as typeof import('./application-commands')).applicationCommands();

function usage(): string {
  const lines = Object.entries({ ...OF_DATABASE, ...ofApplication() }).map(
    ([name, { takes = '', does }]) => `  ${`${name} ${takes}`.trim().padEnd(24)} ${does}`,
  );
  return `Usage: npm run cli -- <command>\n${lines.join('\n')}`;
}

async function main([name = '', ...args]: string[]): Promise<number> {
  // Before the first line is logged, which the loading of a module may do.
  process.env.LOG_LEVEL ??= 'warn';
  processLogger('stderr');
  const found = commandOf(name, args) ?? commandOf(`${name} ${args[0]}`, args.slice(1));
  if (found) return (await found.command.run(argumentsOf(found.rest))) ?? 0;
  console.error(usage());
  return 2;
}

function commandOf(name: string, rest: string[]): { command: CliCommand; rest: string[] } | undefined {
  const table = Object.hasOwn(OF_DATABASE, name) ? OF_DATABASE : ofApplication();
  return Object.hasOwn(table, name) ? { command: table[name]!, rest } : undefined;
}

main(process.argv.slice(2)).then(
  // Not before the result has been written: a pipe takes a long one in parts.
  (code) => process.stdout.write('', () => process.exit(code)),
  (error: unknown) => {
    const inWords = error instanceof ConfigurationError || error instanceof ChangedMigrationsError;
    console.error(inWords ? error.message : error);
    process.exit(1);
  },
);

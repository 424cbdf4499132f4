import './launch';
import { type CliCommand, readArguments, UsageError } from './core/command-line';
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
    takes: '[--check]',
    does: 'run every pending migration (as DATABASE_OWNER_URL); --check lists them, and fails when one that ran has changed',
    run: async (args) =>
      args.flag('check')
        ? (await pendingMigrations(addresses())).forEach((name) => console.log(name))
        : console.error((await migrate(addresses())).join('\n') || 'nothing to migrate'),
  },
  'migrate:revert': {
    does: 'take back the newest migration',
    run: async () => {
      const name = await revertNewest(addresses());
      console.error(name ? `took back ${name}` : 'nothing to take back');
    },
  },
};

const ofApplication = (): Record<string, CliCommand> =>
  (require('./application-commands') as typeof import('./application-commands')).applicationCommands();

const called = (name: string, { takes = '' }: CliCommand) => `${name} ${takes}`.trim();

function usage(): string {
  const all = Object.entries({ ...OF_DATABASE, ...ofApplication() });
  const width = Math.max(...all.map(([name, command]) => called(name, command).length));
  const lines = all.map(([name, command]) => `  ${called(name, command).padEnd(width)}  ${command.does}`);
  return `Usage: npm run cli -- <command>\n${lines.join('\n')}`;
}

async function main(words: string[]): Promise<number> {
  // Before the first line is logged, which the loading of a module may do.
  process.env.LOG_LEVEL ??= 'warn';
  processLogger('stderr');
  if (words.length === 0 || words[0] === '--help') {
    console.log(usage());
    return 0;
  }
  const found = find(words.slice(0, 1)) ?? find(words.slice(0, 2));
  if (found) return run(found.name, found.command, words.slice(found.name.split(' ').length));
  console.error(`There is no command "${words.slice(0, 2).join(' ')}".\n${usage()}`);
  return 2;
}

function find(words: string[]): { name: string; command: CliCommand } | undefined {
  const name = words.join(' ');
  const table = Object.hasOwn(OF_DATABASE, name) ? OF_DATABASE : ofApplication();
  return Object.hasOwn(table, name) ? { name, command: table[name]! } : undefined;
}

async function run(name: string, command: CliCommand, rest: string[]): Promise<number> {
  try {
    return (await command.run(readArguments(command.takes, rest))) ?? 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\nUsage: npm run cli -- ${called(name, command)}`);
    return 2;
  }
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

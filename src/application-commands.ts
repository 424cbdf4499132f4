import type { INestApplicationContext } from '@nestjs/common';
import { AppModule } from './app.module';
import { type Arguments, type CliCommand, UsageError } from './core/command-line';
import { type Command, commands } from './core/commands';
import { createServer } from './core/http/server';
import { ARTEFACTS, schemaDrift, staleArtefacts, writeArtefact } from './core/openapi/artefacts';
import { reportRoutes, routesTable } from './core/openapi/routes-report';
import { Seeds } from './core/seeding/seeds';
import { seedReport } from './core/seeding/report';

const FILES = Object.keys(ARTEFACTS);
const API = ['openapi.json'];
const MOST_ORGANIZATIONS = 1000;

/** The commands that need the whole application, with those of the modules. */
export function applicationCommands(): Record<string, CliCommand> {
  return { ...OWN, ...Object.fromEntries(commands().map((command) => [command.name, ofModule(command)])) };
}

const OWN: Record<string, CliCommand> = {
  seed: {
    takes: '[--orgs N] [--json]',
    does: 'make demo data, and print its logins',
    run: (args) => withApplication((app) => seed(app, args)),
  },
  routes: {
    takes: '[--json]',
    does: 'list every route',
    run: (args) => withApplication(async (app) => listRoutes(app, args)),
  },
  generate: {
    takes: '[--check]',
    does: `write ${FILES.join(', ')}; --check compares them, and the schema with the entities`,
    run: (args) =>
      withApplication((app) => (args.flag('check') ? compare(app, FILES) : generate(app, FILES))),
  },
  openapi: {
    takes: '[--check]',
    does: 'write openapi.json; --check compares it',
    run: (args) => withApplication((app) => (args.flag('check') ? compare(app, API) : generate(app, API))),
  },
};

/** A command of a module, on the application as an operator has it. */
const ofModule = (command: Command): CliCommand => ({
  takes: command.takes,
  does: command.does,
  run: ({ rest }) => withApplication((app) => command.run(app, rest)),
});

async function seed(app: INestApplicationContext, args: Arguments): Promise<void> {
  if (process.env.NODE_ENV === 'production')
    throw new Error('Demo data has known passwords: refused in production.');
  const organizations = Number(args.value('orgs') ?? 2);
  if (!(Number.isSafeInteger(organizations) && organizations >= 1 && organizations <= MOST_ORGANIZATIONS))
    throw new UsageError(`--orgs takes a whole number from 1 to ${MOST_ORGANIZATIONS}.`);
  const plan = await app.get(Seeds).run(organizations);
  console.log(seedReport(plan, args.flag('json')));
}

function listRoutes(app: INestApplicationContext, args: Arguments): void {
  const routes = reportRoutes(app);
  console.log(args.flag('json') ? JSON.stringify(routes, null, 2) : routesTable(routes));
}

async function generate(app: INestApplicationContext, files: string[]): Promise<number> {
  for (const file of files) writeArtefact(app, file);
  return 0;
}

async function compare(app: INestApplicationContext, files: string[]): Promise<number> {
  const stale = staleArtefacts(app, files).map(
    (file) => `${file} is not what the code makes: npm run generate`,
  );
  const drift = (await schemaDrift(app)).map((statement) => `the migrations lack: ${statement}`);
  for (const fault of [...stale, ...drift]) console.error(fault);
  return stale.length + drift.length > 0 ? 1 : 0;
}

async function withApplication<T>(work: (app: INestApplicationContext) => Promise<T>): Promise<T> {
  const app = await createServer(AppModule);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

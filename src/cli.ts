import './launch';
import type { INestApplicationContext } from '@nestjs/common';
import { AppModule } from './app.module';
import { type Command, commands } from './core/commands';
import { ConfigurationError, readConfiguration } from './core/config/configuration';
import { databaseConfig } from './core/database/database.config';
import { ChangedMigrationsError } from './core/database/migration-checksums';
import { migrate, pendingMigrations, revertNewest } from './core/database/migrations';
import { createServer } from './core/http/server';
import { ARTEFACTS, schemaDrift, staleArtefacts, writeArtefact } from './core/openapi/artefacts';
import { reportRoutes, routesTable } from './core/openapi/routes-report';
import { processLogger } from './core/process';
import { Seeds } from './core/seeding/seeds';
import { seedReport } from './core/seeding/report';

type Arguments = { flag(name: string): boolean; value(name: string): string | undefined };

const FILES = Object.keys(ARTEFACTS);
const API = ['openapi.json'];

const addresses = () => {
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl = url } = readConfiguration(
    databaseConfig,
    process.env,
  );
  return { url, ownerUrl };
};

const COMMANDS: Record<string, { does: string; run(args: Arguments): Promise<number | void> }> = {
  migrate: {
    does: 'run every pending migration (as DATABASE_OWNER_URL); --check lists them, and fails when one that ran has changed',
    run: async (args) =>
      args.flag('check')
        ? (await pendingMigrations(addresses())).forEach((name) => console.log(name))
        : console.error((await migrate(addresses())).join('\n') || 'nothing to migrate'),
  },
  'migrate:revert': { does: 'take back the newest migration', run: () => revertNewest(addresses()) },
  seed: {
    does: 'make demo data: --orgs N, --json',
    run: (args) => withApplication(async (app) => seed(app, args)),
  },
  routes: {
    does: 'list every route: --json',
    run: (args) => withApplication(async (app) => listRoutes(app, args)),
  },
  generate: {
    does: `write ${FILES.join(', ')}; --check compares them, and the schema with the entities`,
    run: (args) =>
      withApplication((app) => (args.flag('check') ? compare(app, FILES) : generate(app, FILES))),
  },
  openapi: {
    does: 'write openapi.json; --check compares it',
    run: (args) => withApplication((app) => (args.flag('check') ? compare(app, API) : generate(app, API))),
  },
};

async function seed(app: INestApplicationContext, args: Arguments): Promise<void> {
  if (process.env.NODE_ENV === 'production')
    throw new Error('Demo data has known passwords: refused in production.');
  const plan = await app.get(Seeds).run(Number(args.value('orgs') ?? 2));
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

function usage(): string {
  const own = Object.entries(COMMANDS).map(([name, { does }]) => ({ call: name, does }));
  const declared = commands().map(({ name, takes = '', does }) => ({
    call: `${name} ${takes}`.trim(),
    does,
  }));
  const lines = [...own, ...declared].map(({ call, does }) => `  ${call.padEnd(24)} ${does}`);
  return `Usage: npm run cli -- <command>\n${lines.join('\n')}`;
}

/** A command of a module, on the application as an operator has it. */
const ofModule = (command: Command, args: string[]) => ({
  run: () => withApplication((app) => command.run(app, args)),
});

async function main([name = '', ...rest]: string[]): Promise<number> {
  const declared = commands().find((one) => one.name === `${name} ${rest[0]}`);
  const command = declared ? ofModule(declared, rest.slice(1)) : COMMANDS[name];
  if (!command) {
    console.error(usage());
    return 2;
  }
  process.env.LOG_LEVEL ??= 'warn';
  processLogger('stderr');
  const code = await command.run({
    flag: (flag) => rest.includes(`--${flag}`),
    value: (flag) => (rest.includes(`--${flag}`) ? rest[rest.indexOf(`--${flag}`) + 1] : undefined),
  });
  return code ?? 0;
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

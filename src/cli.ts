import { writeFileSync } from 'node:fs';
import type { INestApplicationContext } from '@nestjs/common';
import { AppModule } from './app.module';
import { ConfigurationError, readConfiguration } from './core/config/configuration';
import { envExample } from './core/config/env-example';
import { databaseConfig } from './core/database/database.config';
import { migrate, revertNewest } from './core/database/migrations';
import { createServer } from './core/http/server';
import { processLogger } from './core/process';
import { Seeds } from './core/seeding/seeds';
import { seedReport } from './core/seeding/report';

type Arguments = { flag(name: string): boolean; value(name: string): string | undefined };

const addresses = () => {
  const { DATABASE_URL } = readConfiguration(databaseConfig, process.env);
  return { url: DATABASE_URL, ownerUrl: process.env.DATABASE_OWNER_URL || DATABASE_URL };
};

const COMMANDS: Record<string, { does: string; run(args: Arguments): Promise<void> | void }> = {
  migrate: {
    does: 'run every pending migration (as DATABASE_OWNER_URL)',
    run: async () => console.error(`${(await migrate(addresses())).join('\n') || 'nothing to migrate'}`),
  },
  'migrate:revert': { does: 'take back the newest migration', run: () => revertNewest(addresses()) },
  seed: {
    does: 'make demo data: --orgs N, --json',
    run: (args) => withApplication(async (app) => seed(app, args)),
  },
  'env-example': {
    does: 'write .env.example from the configuration schemas',
    run: () => writeFileSync('.env.example', envExample()),
  },
};

async function seed(app: INestApplicationContext, args: Arguments): Promise<void> {
  if (process.env.NODE_ENV === 'production')
    throw new Error('Demo data has known passwords: refused in production.');
  const plan = await app.get(Seeds).run(Number(args.value('orgs') ?? 2));
  console.log(seedReport(plan, args.flag('json')));
}

async function withApplication(work: (app: INestApplicationContext) => Promise<void>): Promise<void> {
  const app = await createServer(AppModule);
  try {
    await work(app);
  } finally {
    await app.close();
  }
}

function usage(): string {
  const lines = Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(16)} ${does}`);
  return `Usage: npm run cli -- <command>\n${lines.join('\n')}`;
}

async function main([name = '', ...rest]: string[]): Promise<number> {
  const command = COMMANDS[name];
  if (!command) {
    console.error(usage());
    return 2;
  }
  process.env.LOG_LEVEL ??= 'warn';
  processLogger();
  await command.run({
    flag: (flag) => rest.includes(`--${flag}`),
    value: (flag) => (rest.includes(`--${flag}`) ? rest[rest.indexOf(`--${flag}`) + 1] : undefined),
  });
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof ConfigurationError ? error.message : error);
    process.exit(1);
  },
);

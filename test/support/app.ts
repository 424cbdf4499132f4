import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { AppModule } from '../../src/app.module';
import { createServer } from '../../src/core/http/server';
import type { SeedPlan, SeedOrganization } from '../../src/core/seeding/seeds';
import type { Role } from '../../src/core/auth/permissions';
import { type TenantDirectory, Tenants } from '../../src/core/tenancy/tenants';
import { cloneDatabase, type TestDatabase } from './database';

export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly database: TestDatabase;
  /** supertest against the listening application. */
  readonly http: ReturnType<typeof request>;
  readonly url: string;
  /** The demo data in the database: two organizations, every role in each, one user without any. */
  readonly plan: SeedPlan;
  /** The `Authorization` header of a seeded user, signed in over HTTP. */
  signIn(organization: SeedOrganization, role: Role): Promise<{ authorization: string }>;
  /** A second instance on the same database, which knows the same organizations; the test closes it. */
  another(): Promise<NestFastifyApplication>;
  close(): Promise<void>;
}

type Environment = Record<string, string>;

/**
 * The whole application on a free port, with a database of its own. `env` overrides the environment; it may follow
 * from the address of that database.
 */
export async function startApp(
  env: Environment | ((databaseUrl: string) => Environment) = {},
  module: Type = AppModule,
): Promise<TestApp> {
  const database = await cloneDatabase('keelson_demo');
  const overrides = typeof env === 'function' ? env(database.url) : env;
  Object.assign(process.env, { DATABASE_URL: database.url, MANAGEMENT_PORT: '0', PORT: '0' }, overrides);
  const app = await createServer(module).catch(async (error: unknown) => {
    await database.drop();
    throw error;
  });
  await app.listen(Number(process.env.PORT), '127.0.0.1');
  const url = await app.getUrl();
  const http = request(url);
  const plan = seedPlan();
  knowing(plan, app);
  const tokens = new Map<string, Promise<string>>();
  return {
    app,
    database,
    http,
    url,
    plan,
    async signIn(organization, role) {
      const user = organization.users.find((one) => one.role === role)!;
      if (!tokens.has(user.email)) tokens.set(user.email, accessToken(http, user));
      return { authorization: `Bearer ${await tokens.get(user.email)}` };
    },
    another: async () => knowing(plan, await createServer(module)),
    async close() {
      await app.close();
      await database.drop();
    },
  };
}

/** What is in the database `keelson_demo`. */
export const seedPlan = (): SeedPlan => JSON.parse(process.env.TEST_SEED_PLAN!);

/** Without a module that keeps organizations, those of the demo data are the ones there are. */
function knowing(plan: SeedPlan, app: NestFastifyApplication): NestFastifyApplication {
  const tenants = app.get(Tenants);
  if (!tenants.kept) tenants.use(directoryOf(plan));
  return app;
}

function directoryOf({ organizations }: SeedPlan): TenantDirectory {
  const placesOf = (userId: string) =>
    organizations.flatMap(({ id: tenantId, users }) =>
      users.filter(({ id }) => id === userId).map(({ role }) => ({ tenantId, role: role! })),
    );
  return {
    membershipsOf: async (userId) => placesOf(userId),
    membershipIn: async (tenantId, userId) => placesOf(userId).find((place) => place.tenantId === tenantId),
    describe: async (ids) =>
      organizations.filter(({ id }) => ids.includes(id)).map(({ id, name }) => ({ id, name })),
  };
}

/** Signs in over HTTP, as a front end does. */
export async function accessToken(
  http: ReturnType<typeof request>,
  { email, password }: { email: string; password: string },
): Promise<string> {
  const response = await http.post('/v1/auth/login').send({ email, password }).expect(200);
  return response.body.accessToken;
}

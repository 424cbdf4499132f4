import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, copyFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, privateAuthority } from '../support/authority';
import { owned } from '../support/owned';
import { ask, cleanUp, folder, launch, type Server } from '../support/postgres-launcher';
import { productionSettings } from '../support/production';
import { findRedis } from '../support/redis';
import { type Serving, serveApi } from '../support/serving';
import { freePorts, runScript } from '../support/start-process';

const PASSWORD = 'of-this-run-alone';
const ROLES = ['keelson_app', 'keelson_owner'];

/** What the documents give to the administrator of a managed database, statement by statement, by database. */
const scripts: Record<string, [database: string, statements: string[]][]> = {
  'docs/guide/deployment.md': [
    [
      'postgres',
      statementsOf(/```sql\n([^`]+)```/.exec(readFileSync('docs/guide/deployment.md', 'utf8'))![1]!),
    ],
  ],
  'deploy/postgres/roles.sql': readFileSync('deploy/postgres/roles.sql', 'utf8')
    .split('\\connect keelson')
    .map((text, index) => [index === 0 ? 'postgres' : 'keelson', statementsOf(text)]),
};

function statementsOf(text: string): string[] {
  const plain = text.replaceAll(/^--.*$/gm, '').replaceAll(/password '[^']*'/g, `password '${PASSWORD}'`);
  return plain.split(';').filter((statement) => statement.trim());
}

describe('A database that is managed elsewhere', () => {
  let server: Server;
  let authority: Authority;
  const addressOf = (user: string, { database = 'keelson', mode = 'verify-full' } = {}) =>
    `postgres://${user}:${PASSWORD}@localhost:${server.port}/${database}?sslmode=${mode}`;

  beforeAll(async () => {
    authority = await privateAuthority(folder());
    ({ server } = await launch({ ephemeral: true }));
    await speakTls();
    await ask(
      server.adminUrl,
      `create role clerk login nosuperuser createrole createdb password '${PASSWORD}'`,
    );
    await forgetRoles();
  });
  afterAll(cleanUp);

  /** The server reads its key as the user that it runs as, who owns its folder. */
  async function speakTls(): Promise<void> {
    const { uid, gid } = statSync(server.dataDir);
    for (const [file, name] of [
      [authority.certFile, 'server.crt'],
      [authority.keyFile, 'server.key'],
    ] as const) {
      copyFileSync(file, join(server.dataDir, name));
      chownSync(join(server.dataDir, name), uid, gid);
    }
    await ask(server.adminUrl, 'alter system set ssl = on');
    await ask(server.adminUrl, 'select pg_reload_conf()');
  }

  async function forgetRoles(): Promise<void> {
    await ask(server.adminUrl, 'drop database if exists keelson with (force)');
    for (const role of ROLES) await ask(server.adminUrl, `drop role if exists ${role}`);
  }

  async function asClerk(database: string, statements: string[]): Promise<void> {
    const url = Object.assign(new URL(server.adminUrl), {
      username: 'clerk',
      password: PASSWORD,
      pathname: database,
    });
    for (const statement of statements) await ask(url.href, statement);
  }

  const migrate = (env: Record<string, string>) =>
    runScript(process.cwd(), ['dist/cli.js', 'migrate'], {
      NODE_ENV: 'test',
      DATABASE_URL: addressOf('keelson_app'),
      DATABASE_OWNER_URL: addressOf('keelson_owner'),
      ...env,
    });

  it.each(Object.keys(scripts))('takes %s from an administrator who is no superuser', async (file) => {
    await forgetRoles();
    for (const [database, statements] of scripts[file]!) await asClerk(database, statements);
    const mighty = 'select rolname from pg_roles where (rolsuper or rolbypassrls) and rolname = any($1)';
    expect(await ask(server.adminUrl, mighty.replace('$1', `'{${ROLES.join()}}'`))).toEqual([]);
    const lent = "select from pg_auth_members where roleid = 'keelson_owner'::regrole and set_option";
    expect(await ask(server.adminUrl, lent)).toEqual([]);
  });

  describe('and reached over TLS, under a private authority', () => {
    let serving: Serving | undefined;
    beforeAll(async () => {
      await forgetRoles();
      for (const [database, statements] of scripts['docs/guide/deployment.md']!)
        await asClerk(database, statements);
    });
    afterAll(async () => {
      serving?.kill();
      await serving?.ended;
    });

    /** A Redis that speaks TLS alone; without one on this machine the API goes on without. */
    async function redis(): Promise<Record<string, string>> {
      if (!findRedis()) return {};
      const [port] = await freePorts(1);
      const { certFile, keyFile, caFile } = authority;
      const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', caFile];
      const place = [
        '--port',
        '0',
        '--tls-port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--dir',
        '/tmp',
      ];
      const child = owned(
        spawn(findRedis()!, [...place, ...files, '--tls-auth-clients', 'no'], { stdio: 'ignore' }),
      );
      await once(child, 'spawn');
      return { REDIS_URL: `rediss://localhost:${port}` };
    }

    it('refuses a certificate of an authority that it was not told of', async () => {
      const { ended, output } = migrate({});
      expect([await ended, output()]).toEqual([
        1,
        expect.stringMatching(/unable to verify the first certificate/),
      ]);
    });

    it('migrates, serves and says what else goes in plain text, once it is told of the authority', async () => {
      const trust = { NODE_EXTRA_CA_CERTS: authority.caFile };
      const migration = migrate(trust);
      expect([await migration.ended, migration.output()]).toEqual([0, expect.any(String)]);
      const database = { url: addressOf('keelson_app'), ownerUrl: '', drop: () => Promise.resolve() };
      serving = await serveApi(database, {
        ...productionSettings(),
        ...trust,
        ...(await redis()),
        LOG_LEVEL: 'info',
        // The same machine, by a name that the application cannot know to be its own.
        DATABASE_LISTEN_URL: addressOf('keelson_app', { mode: 'disable' }).replace('localhost', '0.0.0.0'),
        SMTP_URL: 'smtp://mail.example.com?requireTLS=false',
      });
      const health = await fetch(`${serving.managementUrl}/health`);
      const { checks } = (await health.json()) as { checks: { status: string }[] };
      const down = checks.filter(({ status }) => status !== 'up');
      expect(down).toEqual([]);
      const warned = [...serving.output().matchAll(/(\w+) reaches (\S+) without TLS/g)].map(
        ([, ...seen]) => seen,
      );
      expect(warned).toEqual([
        ['DATABASE_LISTEN_URL', '0.0.0.0'],
        ['SMTP_URL', 'mail.example.com'],
      ]);
      const how = await ask<{ ssl: boolean }>(
        server.adminUrl,
        "select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'keelson_app' and application_name = 'keelson'",
      );
      expect(how).toEqual([{ ssl: true }]);
    });
  });
});

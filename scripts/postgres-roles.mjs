// The three roles of an embedded cluster and what each may do.
export const ADMIN = 'keelson_admin';
export const DATABASE = 'keelson';

/** Connection string of a role for `database`. */
export const connectionUrl = (role, secrets, port, database) =>
  `postgres://${role}:${secrets[role]}@127.0.0.1:${port}/${database}`;

async function withAdmin(port, secrets, database, work) {
  const { default: pg } = await import('pg');
  const connectionString = connectionUrl(ADMIN, secrets, port, database);
  // PGSSLMODE and the like of the shell are meant for other servers.
  const client = new pg.Client({ connectionString, ssl: false, options: '', connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Whether a server on this port knows our passwords: SCRAM proves it in both directions. */
export const maySignIn = (port, secrets) =>
  withAdmin(port, secrets, 'postgres', async () => true).catch(() => false);

/**
 * Creates or mends the database and its roles; safe to repeat. The owner migrates. The application role owns
 * nothing and is under row security; what it may do in future tables stands in default privileges, which a
 * database cloned from this one as a template inherits.
 */
export async function ensureRoles(port, secrets, { mayCreateDatabases }) {
  await withAdmin(port, secrets, 'postgres', async (admin) => {
    const weak = 'LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION';
    const rights = {
      keelson_owner: `${weak} ${mayCreateDatabases ? 'CREATEDB' : 'NOCREATEDB'}`,
      keelson_app: `${weak} NOCREATEDB`,
    };
    const { rows } = await admin.query('SELECT rolname AS name FROM pg_roles');
    for (const [role, attributes] of Object.entries(rights)) {
      const verb = rows.some(({ name }) => name === role) ? 'ALTER' : 'CREATE';
      await admin.query(`${verb} ROLE ${role} ${attributes} PASSWORD ${admin.escapeLiteral(secrets[role])}`);
    }
    const existing = await admin.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (existing.rowCount === 0) await admin.query(`CREATE DATABASE ${DATABASE} OWNER keelson_owner`);
  });
  await withAdmin(port, secrets, DATABASE, (admin) =>
    admin.query(`
      REVOKE ALL ON DATABASE ${DATABASE} FROM PUBLIC;
      GRANT CONNECT ON DATABASE ${DATABASE} TO keelson_app;
      GRANT USAGE ON SCHEMA public TO keelson_app;
      ALTER DEFAULT PRIVILEGES FOR ROLE keelson_owner
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO keelson_app;
      ALTER DEFAULT PRIVILEGES FOR ROLE keelson_owner GRANT USAGE ON SEQUENCES TO keelson_app;
      ALTER DEFAULT PRIVILEGES FOR ROLE keelson_owner GRANT USAGE ON SCHEMAS TO keelson_app;
    `),
  );
}

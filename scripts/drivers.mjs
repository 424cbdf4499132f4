// Which driver each port of the application uses, as a person should read it.

/** Host, port and path of an address, without its password. */
export function publicAddress(address) {
  if (!URL.canParse(address)) return '(not an address)';
  const { hostname, port, pathname } = new URL(address);
  return `${hostname}${port ? `:${port}` : ''}${pathname === '/' ? '' : pathname}`;
}

/** `[port, driver]` pairs; `database` and `inbox` are what the launcher has started, or would start. */
export function drivers(env, { database, inbox }) {
  const redis = env.REDIS_URL && `Redis at ${publicAddress(env.REDIS_URL)}`;
  return [
    ['database', database ?? `PostgreSQL at ${publicAddress(env.DATABASE_URL)}`],
    ['cache, limits', redis ?? 'in process'],
    ['jobs', redis ? `BullMQ on ${redis}` : 'BullMQ on the database'],
    ['events', 'in process, from the outbox'],
    ['sign-in', signInProviders(env).join(', ')],
    ['mail', env.SMTP_URL ? `SMTP at ${publicAddress(env.SMTP_URL)}` : `development inbox, ${inbox}`],
  ];
}

/** What people can sign in with beside a password, as they see it. */
export const signInProviders = ({ GOOGLE_CLIENT_ID, GITHUB_CLIENT_ID, OPENID_CLIENT_ID, OPENID_NAME }) => [
  GOOGLE_CLIENT_ID ? 'Google' : 'Google (local)',
  GITHUB_CLIENT_ID ? 'GitHub' : 'GitHub (local)',
  ...(OPENID_CLIENT_ID ? [OPENID_NAME || 'OpenID'] : []),
];

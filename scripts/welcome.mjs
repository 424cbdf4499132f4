// What `npm start` prints when everything runs: where to go, as whom, and what is behind it.
import { readFileSync } from 'node:fs';

const pad = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => String(cell).padEnd(widths[column])).join('  ')}`.trimEnd(),
  );
};

/** The demo logins of a seed report as rows of organization, role, e-mail and password. */
export function loginRows(seed) {
  const members = seed.organizations.flatMap(({ name, users }) =>
    users.map(({ role, email, password }) => [name, role, email, password]),
  );
  // The report may also name people who belong to no organization, under a name of its own.
  const others = Object.entries(seed)
    .filter(([key]) => key !== 'organizations')
    .flatMap(([, value]) => value)
    .filter((value) => value?.email && value.password)
    .map(({ email, password }) => ['(none)', '', email, password]);
  return [...members, ...others];
}

const { productName } = JSON.parse(readFileSync('package.json', 'utf8'));

/** The whole text. */
export function welcome({ ports, pagesUrl, providers, inbox, database, passwords, drivers, seed, seconds }) {
  const [api, management] = ports.map(({ port }) => `http://127.0.0.1:${port}`);
  const places = [
    ['Swagger UI', `${api}/docs`],
    ['Sign in', `${pagesUrl.replace(/\/$/, '')}/sign-in, with ${providers.join(' or ')}`],
    ...(inbox ? [['Inbox', inbox.url]] : []),
    ['Management', `${management}/metrics`],
    ...(database.port ? [['Database', `127.0.0.1:${database.port}, passwords in ${passwords}`]] : []),
  ];
  return [
    '',
    `${productName} is running, ready after ${seconds} s. Ctrl-C stops everything.`,
    '',
    ...pad(places),
    '',
    'Demo logins',
    ...pad([['Organization', 'Role', 'E-mail', 'Password'], ...loginRows(seed)]),
    '',
    'Behind each port',
    ...pad(drivers),
    '',
  ].join('\n');
}

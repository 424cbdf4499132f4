import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import '../../src/app.module';
import {
  assertConfigurations,
  ConfigurationError,
  type ConfigurationIssue,
  configurations,
} from '../../src/core/config/configuration';

/** Asked in a process of its own: here other files may have declared more, or in another order. */
const ASK = `
  require('./dist/app.module.js');
  const { configurations } = require('./dist/core/config/configuration.js');
  const { configurationPage } = require('./dist/core/config/configuration-page.js');
  const { envExample } = require('./dist/core/config/env-example.js');
  const names = configurations().map(({ name }) => name);
  console.log(JSON.stringify({ names, example: envExample(), page: configurationPage() }));
`;
const built: { names: string[]; example: string; page: string } = JSON.parse(
  spawnSync(process.execPath, ['-e', ASK], { encoding: 'utf8' }).stdout,
);

const CREDENTIALS = { username: 'me', password: 'secret' };
const production = { NODE_ENV: 'production' } as const;
const variables = configurations()
  .filter(({ name }) => built.names.includes(name))
  .flatMap(({ shape }) =>
    Object.entries(shape).map(([name, schema]) => ({ name, meta: schema.meta() ?? {}, schema })),
  );
const developmentVariables = variables.filter(({ meta }) => meta.development !== undefined);
const secrets = variables.filter(({ meta }) => meta.secret);

function issuesOf(env: NodeJS.ProcessEnv): readonly ConfigurationIssue[] {
  try {
    assertConfigurations(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues;
    throw error;
  }
}

describe('The configuration', () => {
  it('stands in .env.example as the schemas have it', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(built.example);
  });

  it('stands in docs/configuration.md, and what is needed or secret with it', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    expect(page).toBe(built.page);
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toHaveLength(variables.length);
    expect(rows.filter((row) => row.includes('| production |'))).toHaveLength(developmentVariables.length);
    const passwords = rows.filter((row) => row.includes('| with a password |'));
    for (const name of [
      'DATABASE_URL',
      'DATABASE_OWNER_URL',
      'DATABASE_REPLICA_URLS',
      'REDIS_URL',
      'SMTP_URL',
    ])
      expect(passwords.join('\n')).toContain(`| \`${name}\` |`);
    expect(passwords.join('\n')).not.toMatch(/CORS_ORIGINS|PUBLIC_URL|AUTH_AUDIENCE/);
  });

  it.each(variables)('refuses or takes whatever text $name has, and does not fall over it', ({ name }) => {
    for (const env of [{}, production])
      expect(() => issuesOf({ ...env, [name]: 'no such thing' })).not.toThrow();
  });

  it('describes every variable', () => {
    expect(variables.filter(({ schema }) => !schema.description).map(({ name }) => name)).toEqual([]);
  });

  it('has no variable twice', () => {
    const names = variables.map(({ name }) => name);
    expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
  });

  it('works on a developer’s machine without any', () => {
    expect(issuesOf({})).toEqual([]);
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(variables.map(({ name }) => [name, '']));
    expect(issuesOf(empty)).toEqual([]);
  });

  it('stops the process with every wrong variable at once, and what each expects', () => {
    const wrong = { PORT: 'harbour', DATABASE_URL: 'mysql://nowhere', LOG_LEVEL: 'loud' };
    const { status, stderr } = spawnSync(process.execPath, ['dist/main.js'], {
      env: { PATH: process.env.PATH, ...wrong },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    for (const name of Object.keys(wrong))
      expect(stderr).toMatch(new RegExp(`^ {2}${name}: .+\n {4}expects: .+`, 'm'));
    expect(stderr).not.toContain('    at ');
  });

  it.each([
    ['CORS_ORIGINS', 'localhost:5173', 'write http://localhost:5173'],
    ['CORS_ORIGINS', 'https://app.example.com/', 'write https://app.example.com'],
    ['CORS_ORIGINS', 'https://app.example.com/path', 'write https://app.example.com'],
    ['CORS_ORIGINS', 'https://App.Example.com', 'write https://app.example.com'],
    ['CORS_ORIGINS', 'https://app.example.com:443', 'write https://app.example.com'],
    ['CORS_ORIGINS', 'https://a.example,app.example.com', 'write https://app.example.com'],
    ['CORS_ORIGINS', 'ftp://app.example.com', 'is not an origin'],
    ['CORS_ORIGINS', 'null', 'write it like https://app.example.com'],
    ['CORS_ORIGINS', '5173', 'write it like https://app.example.com'],
    ['CORS_ORIGINS', 'http://localhost:99999', 'write it like https://app.example.com'],
    ['CORS_ORIGINS', 'https://a.example;https://b.example', 'separate origins by commas'],
    ['CORS_ORIGINS', 'https://a.example https://b.example', 'separate origins by commas'],
    ['CORS_ORIGINS', '*', 'name each one'],
    ['CORS_ORIGINS', 'https://*.example.com', 'name each one'],
    ['AUTH_PASSKEY_ORIGINS', 'app.example.com', 'write https://app.example.com'],
    ['PUBLIC_URL', 'localhost:3000', 'is not an http(s):// address'],
    ['PUBLIC_URL', 'HTTPS://api.example.com', 'https://api.example.com'],
    ['PUBLIC_URL', 'https://api.example.com/?a=b', 'more than a host'],
    ['PUBLIC_URL', Object.assign(new URL('https://api.example.com'), CREDENTIALS).href, 'more than a host'],
    ['AUTH_PAGES_URL', 'https://App.example.com', 'https://app.example.com'],
    ['AUTH_PAGES_URL', 'https://app.example.com/#/', 'more than a host'],
    ['OPENID_ISSUER_URL', 'id.example.com', 'is not an http(s):// address'],
  ])('refuses an address that could never match, with a hint: %s=%s', (variable, text, hint) => {
    const issues = issuesOf({ [variable]: text });
    expect(issues).toEqual([expect.objectContaining({ variable, problem: expect.stringContaining(hint) })]);
    expect(JSON.stringify(issues)).not.toContain('secret@');
  });

  it.each([
    ['CORS_ORIGINS', 'https://a.example.com, http://localhost:5173'],
    ['CORS_ORIGINS', 'http://[::1]:5173'],
    ['PUBLIC_URL', 'https://example.com/api/'],
    ['AUTH_PAGES_URL', 'http://127.0.0.1:5173'],
  ])('takes an address as browsers write it: %s=%s', (variable, text) => {
    expect(issuesOf({ [variable]: text })).toEqual([]);
  });

  it.each(developmentVariables)('does not let production start without $name', ({ name }) => {
    const issue = issuesOf(production).find(({ variable }) => variable === name);
    expect(issue?.problem).toBe('is not set, and has no default in production');
  });

  it.each(developmentVariables)(
    'does not let production start with the known value of $name',
    ({ name, meta }) => {
      const issue = issuesOf({ ...production, [name]: String(meta.development) }).find(
        ({ variable }) => variable === name,
      );
      expect(issue?.problem).toBe('is the development value, which production refuses');
    },
  );

  it.each(secrets)('does not let production start with a short $name, and does not repeat it', ({ name }) => {
    const issue = issuesOf({ ...production, [name]: 'short-and-secret' }).find(
      ({ variable }) => variable === name,
    );
    expect(issue?.problem).toBe('is shorter than the 32 characters that production asks of a secret');
    expect(JSON.stringify(issue)).not.toContain('short-and-secret');
  });
});

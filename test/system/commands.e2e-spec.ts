import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commands } from '../../src/core/commands';
import { startApp, type TestApp } from '../support/app';
import { cleanUp, folder } from '../support/postgres-launcher';
import { runNode } from '../support/start-process';

afterAll(cleanUp);

const scripts: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).scripts;
const workflows = readdirSync('.github/workflows').map((file) =>
  readFileSync(path.join('.github/workflows', file), 'utf8'),
);
/** Every file of ours that `npm run` or a workflow gives to Node. */
const entries = [...Object.values(scripts), ...workflows]
  .flatMap((text) => [...text.matchAll(/\bnode ((?:scripts|src|dist)\/[\w./-]+)/g)].map(([, file]) => file!))
  .concat('dist/cli.js', 'jest.config.cjs');

/** A module that makes Node pretend to be another version. */
function pretend(version: string): string {
  const file = path.join(folder(), 'version.cjs');
  const versions = `{ ...process.versions, node: '${version}' }`;
  writeFileSync(file, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
  return file;
}

const LIST = /^(\S+ {2}(next|current) +made \S+\n)+$/;

describe('Every entry point', () => {
  const old = pretend('21.7.3');

  it.each([...new Set(entries)])('names the Node that it needs, and does nothing: %s', async (file) => {
    const { code, stdout, stderr } = await runNode(['--require', old, file]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'Node 21.7.3 is not supported: install Node 20.19 or a later 20, or 22.12 or later.\n',
    );
  });

  it.each([
    ['16.20.2', 1],
    ['20.18.3', 1],
    ['20.19.0', 0],
    ['22.11.0', 1],
    ['22.12.0', 0],
    ['23.0.0', 0],
    ['24.1.0', 0],
  ])('takes or refuses Node %s as package.json says', async (version, code) => {
    expect((await runNode(['--require', pretend(version), 'src/launch.js'])).code).toBe(code);
  });
});

/** What commands print to standard output as processes: all but the last two of these need the application. */
const RESULTS: Record<string, { args?: string[]; prints: RegExp | 'json' }> = {
  routes: { args: ['--json'], prints: 'json' },
  generate: { args: ['--check'], prints: /^$/ },
  migrate: { prints: /^$/ },
  'migrate:revert': { prints: /^$/ },
};
/** The first is tried under npm, as it is meant to be used; the other is part of `generate`. */
const ELSEWHERE = ['seed', 'openapi'];
/** What those of modules print, which all run on the application in the same way. */
const OF_MODULES: Record<string, { args?: string[]; prints: RegExp }> = {
  'users disable': { args: ['nobody@elsewhere.example'], prints: /^$/ },
  'users enable': { args: ['nobody@elsewhere.example'], prints: /^$/ },
  'users reset-second-factor': { args: ['nobody@elsewhere.example'], prints: /^$/ },
  'keys list': { prints: LIST },
  'keys rotate': { prints: /^$/ },
  'keys revoke': { args: ['no-such-key'], prints: /^$/ },
};

describe('A command', () => {
  let test: TestApp;
  let env: Record<string, string>;
  beforeAll(async () => {
    test = await startApp();
    const { url, ownerUrl } = test.database;
    const noisy = { LOG_LEVEL: 'debug', DATABASE_SLOW_QUERY_MS: '1' };
    env = { ...noisy, DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl };
  });
  afterAll(() => test?.close());

  it('has its place in the tables above, whichever is listed', async () => {
    const { code, stdout, stderr } = await runNode(['dist/cli.js']);
    expect([code, stderr]).toEqual([0, '']);
    const listed = [...stdout.matchAll(/^ {2}(\S+(?: [a-z-]+(?= ))?)/gm)].map(([, name]) => name!);
    const known = new Set([...Object.keys(RESULTS), ...Object.keys(OF_MODULES), ...ELSEWHERE]);
    expect(listed.toSorted()).toEqual([...known].toSorted());
    expect(
      commands()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(Object.keys(OF_MODULES).toSorted());
  });

  it('logs to standard error, so that standard output is its result', async () => {
    for (const [name, { args = [], prints }] of Object.entries(RESULTS)) {
      const { code, stdout, stderr } = await runNode(['dist/cli.js', ...name.split(' '), ...args], env);
      expect([name, code, code === 0 ? '' : stderr]).toEqual([name, 0, '']);
      if (prints === 'json') expect(() => JSON.parse(stdout)).not.toThrow();
      else expect([name, stdout]).toEqual([name, expect.stringMatching(prints)]);
      // Those that need no application log nothing, unless they fail.
      if (!name.startsWith('migrate')) expect(stderr).toContain('"message":"slow statement"');
      if (name === 'migrate') expect(stderr).toBe('nothing to migrate\n');
      if (name === 'migrate:revert') expect(stderr).toMatch(/^took back \w+\d{13}\n$/);
    }
  });

  it.each(Object.entries(OF_MODULES))(
    'prints only what was asked for: %s',
    async (name, { args = [], prints }) => {
      const written: string[] = [];
      jest.spyOn(console, 'log').mockImplementation((text: string) => void written.push(`${text}\n`));
      jest.spyOn(console, 'error').mockImplementation(() => undefined);
      const command = commands().find((one) => one.name === name)!;
      await command.run(test.app, args).finally(() => jest.restoreAllMocks());
      expect(written.join('')).toMatch(prints);
    },
  );

  it.each([
    [['users', 'list'], 'There is no command "users list".'],
    [['constructor'], 'There is no command "constructor".'],
    [['migrate', '--chekc'], "Unknown option '--chekc'."],
    [['migrate', 'now'], 'It does not take "now".'],
    [['users', 'disable'], '<email> is missing.'],
    [['users', 'disable', '--json'], "Unknown option '--json'."],
    [['seed', '--orgs', 'abc'], '--orgs takes a whole number from 1 to 1000.'],
    [['seed', '--orgs'], "Option '--orgs <value>' argument missing."],
  ])('does nothing when it is called as %j, and says why', async (words, said) => {
    const { code, stdout, stderr } = await runNode(['dist/cli.js', ...words], { ...env, LOG_LEVEL: 'warn' });
    expect([code, stdout, stderr.includes(said)]).toEqual([2, '', true]);
    expect(stderr).toContain('Usage: npm run cli -- ');
  });

  it('keeps its result apart under npm, too', async () => {
    const { code, stdout, stderr } = await runNode(['scripts/seed.mjs', '--json', '--orgs', '1'], env);
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).organizations).toHaveLength(1);
  });
});

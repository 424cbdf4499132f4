import * as fs from 'node:fs';
import path from 'node:path';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { startApp } from '../support/app';
import { ROOT, ask, cleanUp, folder } from '../support/postgres-launcher';
import { runNode } from '../support/start-process';

afterAll(cleanUp);

/** The built application in a folder of its own, to be changed. */
function copy(): string {
  const made = folder();
  fs.cpSync(path.join(ROOT, 'dist'), path.join(made, 'dist'), { recursive: true });
  fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(made, 'package.json'));
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(made, 'node_modules'));
  return made;
}

function edit(file: string, from: string | RegExp, to: string): void {
  const before = fs.readFileSync(file, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  fs.writeFileSync(file, after);
}

describe('A migration that was edited after it ran', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase();
  });
  afterAll(() => database?.drop());

  const migrate = (cwd: string, env: Record<string, string> = {}, ...args: string[]) => {
    const addresses = { DATABASE_URL: database.url, DATABASE_OWNER_URL: database.ownerUrl };
    return runNode(['dist/cli.js', 'migrate', ...args], { ...addresses, ...env }, cwd);
  };

  it('is refused with the way out, which in production is no reset; comments and blanks are no change', async () => {
    const place = copy();
    const file = path.join(place, 'dist/migrations/1790000001000-users.create.js');
    edit(file, 'async up(runner) {', 'async up(runner) { /* explained */');
    edit(file, /create table users \(/i, 'create  table users\n (');
    expect(await migrate(place)).toMatchObject({ code: 0, stderr: 'nothing to migrate\n' });

    edit(file, /create {2}table users/i, 'create table if not exists users');
    const refused = await migrate(place);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^Changed since they ran on this database: UsersCreate1790000001000\. .*npm run db:reset\.\n$/,
    );
    expect(await migrate(place, {}, '--check')).toMatchObject({ code: 1, stderr: refused.stderr });
    const production = { NODE_ENV: 'production', AUTH_KEY_ENCRYPTION_KEY: 'unused' };
    expect((await migrate(place, production)).stderr).toMatch(/make it a new migration\.\n$/);
  });

  it('does not keep the application from starting, which knows nothing of it', async () => {
    const test = await startApp();
    await ask(test.database.ownerUrl, `update migrations set checksum = 'of another text'`);
    const other = await test.another();
    expect((await other.inject({ url: '/health/ready' })).statusCode).toBe(200);
    await other.close();
    await test.close();
  });

  it('cannot be told on a database of before, whose checksums the next migrate notes', async () => {
    const checksums = () =>
      ask(database.ownerUrl, 'select count(checksum)::int as known, count(*)::int as ran from migrations');
    const [before] = await checksums();
    await ask(database.ownerUrl, 'alter table migrations drop column checksum');
    expect(await migrate(ROOT)).toMatchObject({ code: 0, stderr: 'nothing to migrate\n' });
    expect(await checksums()).toEqual([{ ...before, known: before!.ran }]);
  });
});

describe('A product of another name', () => {
  it('is named as package.json says in every text that users read', async () => {
    const place = copy();
    edit(path.join(place, 'package.json'), '"productName": "Keelson"', '"productName": "Harbour"');
    fs.mkdirSync(path.join(place, 'docs'));
    const database = await cloneDatabase();
    const { code, stderr } = await runNode(
      ['dist/cli.js', 'generate'],
      { DATABASE_URL: database.url },
      place,
    );
    await database.drop();
    expect([code, stderr]).toEqual([0, '']);
    for (const file of ['openapi.json', '.env.example', 'docs/configuration.md', 'docs/problems.md'])
      expect(fs.readFileSync(path.join(place, file), 'utf8')).not.toContain('Keelson');
    const settings = fs.readFileSync(path.join(place, '.env.example'), 'utf8');
    for (const line of [
      'MAIL_FROM=Harbour <no-reply@keelson.example>',
      'AUTH_TOTP_ISSUER=Harbour',
      'AUTH_PASSKEY_RP_NAME=Harbour',
      'AUTH_PASSWORD_WORDS=harbour',
    ])
      expect(settings.split('\n')).toContain(line);
  });

  it('finds no other name in the texts and pages of the sources', () => {
    const files = fs.readdirSync('src', { recursive: true, encoding: 'utf8' });
    const texts = files.filter((file) => /\.(ts|js|html|css|svg)$/.test(file) && !file.endsWith('spec.ts'));
    expect(texts.length).toBeGreaterThan(100);
    expect(
      texts.filter((file) => fs.readFileSync(path.join('src', file), 'utf8').includes('Keelson')),
    ).toEqual([]);
  });
});

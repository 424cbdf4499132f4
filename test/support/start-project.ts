import * as fs from 'node:fs';
import path from 'node:path';
import { ROOT, alive, cleanups, folder } from './postgres-launcher';
import { freePorts, runScript, type Started } from './start-process';

interface State {
  children: { name: string; pid: number }[];
}

/** The scripts in a project of their own, with programs in place of the built application that keep its contract. */
export function project(): string {
  const made = folder();
  fs.cpSync(path.join(ROOT, 'scripts'), path.join(made, 'scripts'), { recursive: true });
  fs.mkdirSync(path.join(made, 'src'));
  fs.copyFileSync(path.join(ROOT, 'src/launch.js'), path.join(made, 'src/launch.js'));
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(made, 'node_modules'));
  fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(made, 'package.json'));
  fs.mkdirSync(path.join(made, 'dist'));
  const programs = {
    main: `require('node:http').createServer((request, response) => response.end()).listen(process.env.PORT, '127.0.0.1');
      process.once('SIGTERM', () => {
        const { port } = new URL(process.env.DATABASE_URL);
        require('node:net').connect(port, '127.0.0.1', () => { console.log('api closed before its database'); process.exit(); });
      });`,
    worker: `setInterval(() => {}, 1000); process.once('SIGTERM', () => { console.log('worker closed'); process.exit(); });`,
    cli: `if (process.argv[2] === 'seed') console.log(JSON.stringify({
        organizations: [{ id: '1', name: 'Acme', users: [{ email: 'ada@acme.test', password: 'pass phrase', role: 'owner' }] }],
        outsider: { email: 'out@side.test', password: 'pass phrase', role: null } }));
      else console.error('ran ' + process.argv[2] + ' as ' + new URL(process.env.DATABASE_OWNER_URL).username);`,
  };
  for (const [name, program] of Object.entries(programs)) {
    fs.writeFileSync(path.join(made, 'dist', `${name}.js`), program);
  }
  return made;
}

/** Free ports for everything that `npm start` opens. */
export async function ports(): Promise<Record<string, string>> {
  const own = ['PORT', 'MANAGEMENT_PORT', 'WORKER_MANAGEMENT_PORT'];
  const names = [...own, 'INBOX_SMTP_PORT', 'INBOX_PORT', 'LOCAL_GOOGLE_PORT', 'LOCAL_GITHUB_PORT'];
  const free = await freePorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, String(free[index])]));
}

/** Starts `npm start` of a project; it is ended at the end of the test file. */
export function start(place: string, variables: Record<string, string>): Started {
  const started = runScript(place, ['scripts/start.mjs'], variables);
  cleanups.unshift(async () => {
    if (alive(started.pid)) process.kill(started.pid, 'SIGTERM');
    await started.ended;
  });
  return started;
}

/** The application's processes, as the launcher noted them. */
export const childrenOf = (place: string) =>
  (JSON.parse(fs.readFileSync(path.join(place, '.data/start.json'), 'utf8')) as State).children;
export const postmasterOf = (place: string) =>
  Number(fs.readFileSync(path.join(place, '.data/postgres/postmaster.pid'), 'utf8').split('\n')[0]);
/** Those processes and the database server. */
export const pidsOf = (place: string) => [...childrenOf(place).map(({ pid }) => pid), postmasterOf(place)];

// `npm run test:cost`: what one more test file costs before its first test, in processor time and on the clock, of
// each kind. Measured in a copy of the project, as the difference between few and many such files in one worker.
import '../src/launch.js';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { copyProject } from './modules/copy.mjs';
import { enterProject } from './settings.mjs';

const FEW = 1;
const MANY = 5;
const TICKS_A_SECOND = 100;
/** What a module may add to the suite on two cores, its tests included. */
const MODULE_BUDGET_S = 12;
const FILES_OF_A_MODULE = 5;

const KINDS = {
  'e2e file': {
    folder: 'test/cost',
    source: `import { startApp, type TestApp } from '../support/app';
      let app: TestApp;
      beforeAll(async () => { app = await startApp(); });
      afterAll(() => app?.close());
      it('answers', () => app.http.get('/health/live').expect(200));`,
  },
  'file that starts a process': {
    folder: 'test/system',
    source: `import { cloneDatabase, type TestDatabase } from '../support/database';
      import { type Serving, serveApi } from '../support/serving';
      let database: TestDatabase;
      let serving: Serving;
      beforeAll(async () => { database = await cloneDatabase(); serving = await serveApi(database); });
      afterAll(async () => { serving?.kill(); await serving?.ended; await database?.drop(); });
      it('answers', async () => expect((await fetch(serving.url + '/health/live')).status).toBe(200));`,
  },
};

/** Of the children that have ended, in seconds; undefined where the system does not tell. */
function processorTime() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
  } catch {
    return undefined;
  }
}

function run(copy, { folder, source }, count) {
  mkdirSync(path.join(copy, folder), { recursive: true });
  const files = Array.from({ length: count }, (_, at) => path.join(folder, `cost-${at}.e2e-spec.ts`));
  for (const file of files) writeFileSync(path.join(copy, file), source);
  const begun = { clock: performance.now(), cpu: processorTime() };
  const jest = ['node_modules/jest/bin/jest.js', '--maxWorkers', '1', '--runTestsByPath', ...files];
  const { status, stderr } = spawnSync(process.execPath, jest, { cwd: copy, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  for (const file of files) rmSync(path.join(copy, file));
  const clock = (performance.now() - begun.clock) / 1000;
  return { clock, cpu: begun.cpu === undefined ? undefined : processorTime() - begun.cpu };
}

function costOf(copy, kind) {
  const [few, many] = [run(copy, kind, FEW), run(copy, kind, MANY)];
  const each = (name) => (many[name] - few[name]) / (MANY - FEW);
  return { clock: each('clock'), cpu: each('cpu') };
}

enterProject();
const copy = copyProject('test-cost');
try {
  // Builds, and fills the caches.
  for (const kind of Object.values(KINDS)) run(copy, kind, FEW);
  for (const [name, kind] of Object.entries(KINDS)) {
    const { clock, cpu } = costOf(copy, kind);
    const processor = Number.isNaN(cpu) ? '' : `, ${cpu.toFixed(2)} s of processor time`;
    console.log(`one more ${name}: ${clock.toFixed(2)} s${processor}`);
    if (name !== 'e2e file') continue;
    const module = (FILES_OF_A_MODULE * clock) / 2;
    console.log(
      `a module of ${FILES_OF_A_MODULE} such files, on two cores: ${module.toFixed(1)} s before its tests, of ${MODULE_BUDGET_S} s`,
    );
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

// `npm run check`: exactly what CI runs besides the tests, in the same order. Stops at the first that fails.
import '../src/launch.js';
import { spawnSync } from 'node:child_process';
import { STEPS } from './check-steps.mjs';
import { enterProject } from './settings.mjs';

enterProject();
for (const [name, command] of STEPS) {
  const begun = performance.now();
  // One shell line: on Windows npm is a script, which only a shell can start.
  const { status, stdout, stderr } = spawnSync(`npm run --silent ${command.join(' ')}`, {
    shell: true,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (status === 0) continue;
  console.error(`${stdout}${stderr}`);
  process.exit(1);
}

// Loaded first by everything that is started: refuses a Node that cannot run the rest, before anything else is loaded.
// Plain CommonJS in old syntax, since the Node that it refuses has to understand it.
const fs = require('node:fs');
const path = require('node:path');

const PARENT_CHECK_MS = 200;
const parent = process.ppid;

const project = JSON.parse(fs.readFileSync(path.join(__dirname, '../package.json'), 'utf8'));
const installed = process.versions.node;
const [major, minor] = installed.split('.').map(Number);

// `^20.19 || >=22.12`, the two forms that "engines" in package.json uses.
const ranges = Array.from(
  project.engines.node.matchAll(/(\^|>=)(\d+)\.(\d+)/g),
  ([, sign, first, second]) => ({
    text: sign === '^' ? `${first}.${second} or a later ${first}` : `${first}.${second} or later`,
    holds: (major === Number(first) && minor >= Number(second)) || (sign === '>=' && major > Number(first)),
  }),
);

if (!ranges.some(({ holds }) => holds)) {
  console.error(
    `Node ${installed} is not supported: install Node ${ranges.map(({ text }) => text).join(', or ')}.`,
  );
  process.exit(1);
}

/**
 * Calls `stop` once when the process that started this one by `npm run` ends: npm puts a shell between, and a SIGTERM
 * to npm ends that shell, which passes nothing on.
 */
exports.onParentGone = function onParentGone(stop) {
  if (!process.env.npm_lifecycle_event) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_CHECK_MS);
  timer.unref();
};

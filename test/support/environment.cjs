// Jest gives each test file a realm of its own, in which Nest, TypeORM and some 2,500 more files of dependencies are
// loaded again; that took longer than the tests. Here all test files of a worker share Node's own realm, so that
// dependencies can be loaded once, and by Node, as in production, and so is the application itself.
const hooks = require('node:async_hooks');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');
// TypeORM loads the migrations itself: Node has to know TypeScript.
require('@swc-node/register');

// Jest runs no module without a context to run it in: the ones of ours stand for the realm there is.
const ours = new WeakSet();
const { compileFunction } = vm;
vm.compileFunction = (source, parameters, { parsingContext, ...options }) =>
  compileFunction(source, parameters, ours.has(parsingContext) ? options : { ...options, parsingContext });

// Node 20 and 22 carry each storage from promise to promise for as long as it is on, whoever still uses it.
const storages = new Set();
hooks.AsyncLocalStorage = class extends hooks.AsyncLocalStorage {
  constructor(...given) {
    super(...given);
    storages.add(this);
  }
};

/** Asks first, so that what the process has started ends with it. */
async function end(child) {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(insist);
}

const DECLARES = /\bdefine[A-Z]\w*\(/;

/** The next file loads the application again. */
function forgetApplication(rootDir) {
  const sources = path.join(rootDir, 'src') + path.sep;
  for (const file of Object.keys(require.cache)) if (file.startsWith(sources)) delete require.cache[file];
}

module.exports = class SharedRealm extends TestEnvironment {
  variables = { ...process.env };

  constructor(config, context) {
    super(config, context);
    // Events, jobs and problems that a test file declares are its own: no other file may find them.
    this.declares = DECLARES.test(readFileSync(context.testPath, 'utf8'));
    this.rootDir = config.projectConfig.rootDir;
    if (this.declares) forgetApplication(this.rootDir);
    ours.add(this.context);
    this.global = globalThis;
    globalThis.requireOnce = require;
  }

  async teardown() {
    await Promise.all([...(globalThis.ownedProcesses ?? [])].map(end));
    delete globalThis.ownedProcesses;
    delete globalThis.requireOnce;
    if (this.declares) forgetApplication(this.rootDir);
    this.moduleMocker.restoreAllMocks();
    for (const storage of storages) storage.disable();
    storages.clear();
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, this.variables);
  }
};

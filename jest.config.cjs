require('./src/launch.js');
const { readFileSync } = require('node:fs');

const swc = {
  ...JSON.parse(readFileSync('./.swcrc', 'utf8')),
  $schema: undefined,
  sourceMaps: 'inline',
  swcrc: false,
};

/** What both projects share. */
const common = {
  testEnvironment: '<rootDir>/test/support/environment.cjs',
  moduleFileExtensions: ['ts', 'mjs', 'js', 'cjs', 'json', 'node'],
  transform: {
    // Loaded by Node once a worker: dependencies, scripts, and the application itself.
    '/(node_modules|scripts)/.+\\.[cm]?js$|/src/(?!.+\\.spec\\.).+\\.ts$':
      '<rootDir>/test/support/load-once.cjs',
    '\\.ts$': ['@swc/jest', swc],
  },
  transformIgnorePatterns: [],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    { ...common, displayName: 'api', testRegex: ['/src/.+\\.spec\\.ts$', '/test/(?!system/).+spec\\.ts$'] },
    { ...common, displayName: 'system', testRegex: ['/test/system/.+spec\\.ts$'] },
  ],
  testSequencer: '<rootDir>/test/support/system-first.cjs',
  maxWorkers: 2,
  // Generous: it costs nothing while a test is green, and a busy machine is many times slower than a quiet one.
  testTimeout: 300_000,
  // What a file has left behind in the shared realm goes with the worker.
  workerIdleMemoryLimit: '1GB',
};

const { readFileSync } = require('node:fs');

const swc = {
  ...JSON.parse(readFileSync('./.swcrc', 'utf8')),
  $schema: undefined,
  sourceMaps: 'inline',
  swcrc: false,
};

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/support/environment.cjs',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testRegex: '\\.(e2e-)?spec\\.ts$',
  moduleFileExtensions: ['ts', 'mjs', 'js', 'cjs', 'json', 'node'],
  transform: {
    '\\.ts$': ['@swc/jest', swc],
    '/(node_modules|scripts)/.+\\.[cm]?js$': '<rootDir>/test/support/load-once.cjs',
  },
  transformIgnorePatterns: [],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  setupFiles: ['<rootDir>/test/support/settings.ts'],
  maxWorkers: 2,
  // What a file has left behind in the shared realm goes with the worker.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 30_000,
};

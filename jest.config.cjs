const { readFileSync } = require('node:fs');

const swc = {
  ...JSON.parse(readFileSync('./.swcrc', 'utf8')),
  $schema: undefined,
  sourceMaps: 'inline',
  swcrc: false,
};

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testRegex: '\\.(e2e-)?spec\\.ts$',
  moduleFileExtensions: ['ts', 'mjs', 'js', 'cjs', 'json', 'node'],
  transform: {
    '\\.ts$': ['@swc/jest', swc],
    '/node_modules/.+\\.m?js$': '<rootDir>/test/support/esm-transformer.cjs',
    '/scripts/.+\\.mjs$': '<rootDir>/test/support/esm-transformer.cjs',
  },
  transformIgnorePatterns: [],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  setupFiles: ['<rootDir>/test/support/environment.ts'],
  maxWorkers: 2,
  testTimeout: 30_000,
};

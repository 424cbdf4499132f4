// Who may import whom (docs/ARCHITECTURE.md). test/system/boundaries.spec.ts tries each rule with a deliberate violation.
const { readdirSync } = require('node:fs');

const MODULES = readdirSync('src/modules');
const PUBLIC = '[.](module|service|events|entity)[.]ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'core-knows-no-feature',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(modules/|app[.]module[.]ts$)' },
    },
    {
      name: 'modules-meet-at-public-files',
      comment: 'Import another module only through its module, service, events or entity file.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/' },
      to: { path: '^src/modules/', pathNot: ['^src/modules/$1/', `^src/modules/[^/]+/[^/]+${PUBLIC}`] },
    },
    {
      name: 'only-app-module-lists-features',
      severity: 'error',
      from: { path: '^(src/(?!modules/|core/)|test/support/)', pathNot: '^src/app[.]module[.]ts$' },
      to: { path: '^src/modules/' },
    },
    {
      name: 'nobody-imports-a-process',
      severity: 'error',
      from: {},
      to: { path: '^src/(main|worker|cli)[.]ts$' },
    },
    ...MODULES.map((name) => ({
      name: 'tests-see-their-own-module',
      severity: 'error',
      from: { path: '^test/', pathNot: ['^test/support/', `^test/${name}/`] },
      to: { path: `^src/modules/${name}/` },
    })),
    {
      name: 'migrations-stand-alone',
      comment: 'A migration must do the same in a year: it cannot follow code that changes.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^(src|test)/' },
    },
    {
      name: 'data-knows-no-logic',
      severity: 'error',
      from: { path: '[.](entity|schema|events)[.]ts$' },
      to: { path: '[.](controller|resolver|service|module|listener|jobs)[.]ts$' },
    },
    {
      name: 'controllers-see-no-database',
      severity: 'error',
      from: { path: '[.](controller|resolver)[.]ts$' },
      to: { path: '^src/core/database/|^node_modules/(typeorm|pg)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['[.]d[.]ts$', 'spec[.]ts$', '^migrations/', '^test/support/', '^src/.*/page/'],
      },
      to: {},
    },
    {
      name: 'packages-are-declared',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'production-needs-no-development-package',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: 'spec[.]ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'everything-is-found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'import', 'types', 'default'],
    },
  },
};

/** What `npm run check` runs, in this order: a name, and a script of package.json with its arguments. */
export const STEPS = [
  ['types', ['typecheck']],
  ['lint', ['lint']],
  ['format', ['format:check']],
  ['boundaries', ['boundaries']],
  ['build', ['build']],
  ['generated files and schema', ['generate', '--', '--check']],
  ['modules.txt', ['modules', '--', 'list', '--check']],
  ['the built processes', ['smoke']],
  ['licences', ['licences']],
  ['secrets', ['secrets']],
  ['bill of materials', ['sbom']],
];

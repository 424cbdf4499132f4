// Stands for the file it is given: what Node has loaded, once for all test files (see environment.cjs). Node takes ES
// modules, too, which Jest itself cannot require on Node 20 and 22.
const { createHash } = require('node:crypto');

// Outside of tests, in the global set-up, Node asks for the source itself.
const insideTests = () => 'requireOnce' in globalThis;

module.exports = {
  canInstrument: false,
  getCacheKey: (source, file) =>
    createHash('sha1')
      .update(insideTests() ? `${file}\0` : source)
      .digest('hex'),
  process: (source, file) => ({
    code: insideTests() ? `module.exports = requireOnce(${JSON.stringify(file)});` : source,
  }),
};

// Jest on Node 20 and 22 cannot require an ES module: packages that are ESM only become CommonJS on the way in.
const { createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { transformSync } = require('@swc/core');

const types = new Map();

/** The `type` of the package that the folder belongs to. */
function packageType(folder) {
  if (types.has(folder)) return types.get(folder);
  const file = join(folder, 'package.json');
  const parent = dirname(folder);
  let type = 'commonjs';
  if (existsSync(file)) type = JSON.parse(readFileSync(file, 'utf8')).type ?? 'commonjs';
  else if (parent !== folder) type = packageType(parent);
  types.set(folder, type);
  return type;
}

const isModule = (file) =>
  file.endsWith('.mjs') || (file.endsWith('.js') && packageType(dirname(file)) === 'module');

module.exports = {
  canInstrument: false,
  getCacheKey: (source, file) => createHash('sha1').update(source).update(`\0${file}\0v1`).digest('hex'),
  process(source, file) {
    const esm = isModule(file);
    if (!esm && !/\bimport\s*\(/.test(source)) return { code: source };
    return transformSync(source, {
      filename: file,
      // also for CommonJS with a dynamic import: swc leaves that one alone in a script
      isModule: true,
      swcrc: false,
      configFile: false,
      module: { type: 'commonjs', strictMode: esm },
      jsc: { target: 'es2022', parser: { syntax: 'ecmascript', importAttributes: true } },
    });
  },
};

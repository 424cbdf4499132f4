// Holds rendered manifests against the types of Kubernetes, offline: each becomes an object literal that TypeScript
// compares with the interface in kubernetes-models, so that unknown fields are found as well as missing and wrong ones.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { titleOf } from './render.mjs';

const FILE = path.join('.cache', 'manifests.ts');

const modelOf = ({ apiVersion, kind }) => `kubernetes-models/${apiVersion}/${kind}`;
const isKnown = (manifest) => existsSync(path.join('node_modules', `${modelOf(manifest)}.d.ts`));

/** Kinds of custom resources, for which there are no types here. */
export const untyped = (manifests) => [
  ...new Set(manifests.filter((manifest) => !isKnown(manifest)).map(({ kind }) => kind)),
];

/** What the types have against these manifests. */
export function typeFaults(manifests) {
  const texts = new Map(manifests.filter(isKnown).map((one) => [JSON.stringify(one, null, 2), one]));
  const sources = [...texts].map(([text, manifest], index) => ({
    manifest,
    text: [
      `import type { I${manifest.kind} as Model${index} } from '${modelOf(manifest)}';`,
      `export const manifest${index}: Model${index} = ${text};\n`,
    ].join('\n'),
  }));
  mkdirSync(path.dirname(FILE), { recursive: true });
  writeFileSync(FILE, sources.map(({ text }) => text).join(''));
  const program = ts.createProgram([FILE], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  });
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => describe(diagnostic, sources));
}

function describe({ file, start, messageText }, sources) {
  const text = ts.flattenDiagnosticMessageText(messageText, ' ');
  if (!file) return text;
  let end = 0;
  const found = sources.find((source) => (end += source.text.length) > start);
  const line = file.text.slice(start).split('\n', 1)[0].trim();
  return `${titleOf(found.manifest)} at ${line} ${text}`;
}

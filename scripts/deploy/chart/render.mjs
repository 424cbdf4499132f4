// Renders the chart as an installation would be.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ask } from '../steps.mjs';

export const CHART = path.join('deploy', 'helm', 'keelson');

// The pipeline gives the digest of the image it has built.
const DIGEST = ['--set', `image.digest=sha256:${'0'.repeat(64)}`];
const valuesOf = (environment) => ['--values', path.join(CHART, `values-${environment}.yaml`), ...DIGEST];

const environments = readdirSync(path.join(import.meta.dirname, '../../..', CHART)).flatMap(
  (file) => /^values-(.+)\.yaml$/.exec(file)?.[1] ?? [],
);

/** The arguments of each environment that the chart has values for, and of none. */
export const ENVIRONMENTS = {
  default: [],
  'a private authority': ['--set', 'ca.configMap=platform-ca'],
  ...Object.fromEntries(environments.map((name) => [name, valuesOf(name)])),
};

/** `helm lint --strict`: what is wrong, nothing when all is well. */
export function lint(helm, values) {
  const { ok, text, complaint } = ask(helm, ['lint', '--strict', CHART, ...values]);
  return ok ? [] : [`${text}\n${complaint}`];
}

/** What an installation of these values would send: `{ manifests }`, or `{ refused }` with what Helm says. */
export function render(helm, values, { release = 'keelson', chart = CHART } = {}) {
  const place = ['--namespace', 'keelson'];
  const { ok, text, complaint } = ask(helm, ['template', release, chart, ...place, ...values]);
  if (!ok) return { refused: complaint };
  const documents = parseAllDocuments(text, { uniqueKeys: true });
  const broken = documents.flatMap(({ errors }) => errors);
  if (broken.length > 0) throw new Error(`Helm rendered something else than YAML: ${broken[0].message}`);
  return { manifests: documents.map((document) => document.toJS()).filter(Boolean) };
}

/** `Deployment keelson-api` */
export const titleOf = ({ kind, metadata }) => `${kind} ${metadata.name}`;

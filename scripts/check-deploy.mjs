// `npm run check:deploy [-- --require-helm]`: what can be known of a deployment without a cluster. Lints and renders the
// chart for each environment under each Helm, holds the manifests against the types of Kubernetes, against the rules of
// this project and against the configuration of the application, and reads the workflows and compose. Where Helm cannot
// be had, it says so and goes on, unless it is required: in CI it always is.
import '../src/launch.js';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ensureBuilt } from './build.mjs';
import { colourFaults } from './deploy/chart/colours.mjs';
import { helms } from './deploy/chart/helm.mjs';
import { podFaults, podsOf } from './deploy/chart/pod-rules.mjs';
import { acceptedCount, acceptedNonsense, refusedCount, refusedSense } from './deploy/chart/refusals.mjs';
import { releaseFaults } from './deploy/chart/release-rules.mjs';
import { CHART, ENVIRONMENTS, lint, render } from './deploy/chart/render.mjs';
import { typeFaults, untyped } from './deploy/chart/types.mjs';
import { schemaFaults, variableFaults } from './deploy/chart/variables.mjs';
import { checkCompose } from './deploy/compose-check.mjs';
import { dockerfileFaults } from './deploy/dockerfile-check.mjs';
import { checkWorkflows } from './deploy/workflows-check.mjs';
import { enterProject } from './settings.mjs';

let failed = false;

/** Prints a line for a check; `faults` is what it found. */
function report(name, faults) {
  if (faults.length > 0) failed = true;
  console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const fault of new Set(faults)) console.error(`       ${fault}`);
}

const skip = (name, reason) => console.log(`SKIP ${name}: ${reason}`);

/** The manifests of each environment, or undefined when the chart does not render. */
function renderAll({ version, file }) {
  const found = Object.entries(ENVIRONMENTS).map(([environment, values]) => {
    const { manifests, refused } = render(file, values);
    const faults = refused ? [refused] : lint(file, values);
    report(`helm ${version}: ${environment} is linted and rendered`, faults);
    return [environment, manifests];
  });
  report(`helm ${version}: ${refusedCount} kinds of nonsense are refused by name`, acceptedNonsense(file));
  report(`helm ${version}: ${acceptedCount} kinds of sense are accepted`, refusedSense(file));
  return found.every(([, manifests]) => manifests) ? Object.fromEntries(found) : undefined;
}

/** Changed settings have to reach the pods, which read them at start only. */
function unnoticedChange({ file }) {
  const sums = (values) =>
    podsOf(render(file, values).manifests).map(({ annotations }) => annotations['checksum/config']);
  const before = sums([]).filter(Boolean);
  const after = sums(['--set-string', 'config.LOG_LEVEL=debug']);
  return before.length > 0 && before.every((sum) => !after.includes(sum))
    ? []
    : ['pods do not restart when the configuration changes'];
}

function checkManifests(rendered, helm) {
  const all = Object.values(rendered).flat();
  const custom = untyped(all);
  report(`types of Kubernetes (not those of ${custom.join(', ') || 'anything else'})`, typeFaults(all));
  for (const [environment, manifests] of Object.entries(rendered)) {
    report(`${environment}: every pod keeps the rules`, podFaults(manifests));
    report(`${environment}: the release keeps the rules`, releaseFaults(manifests));
    report(`${environment}: the application accepts its configuration`, variableFaults(manifests));
  }
  const schema = JSON.parse(readFileSync(path.join(CHART, 'values.schema.json'), 'utf8'));
  report('the schema lets no secret be told or forgotten', schemaFaults(schema, rendered.default));
  report('a change of the configuration restarts the pods', unnoticedChange(helm));
  report('blue and green do not meet, and the switch replaces no pod', colourFaults(helm.file));
}

async function checkChart(required) {
  const usable = helms().filter(({ version, missing }) => {
    if (missing && required) report(`helm ${version}`, [missing]);
    else if (missing) skip(`helm ${version}: the chart is not checked with it`, missing);
    return !missing;
  });
  const [first, ...others] = usable.map(renderAll);
  if (!first) return;
  checkManifests(first, usable[0]);
  for (const other of others)
    report('every Helm renders the same', isDeepStrictEqual(first, other) ? [] : ['they differ']);
}

function reportCompose() {
  const { faults, unread } = checkCompose();
  report('docker-compose.yml keeps the rules', faults);
  if (unread) skip('docker-compose.yml is read by Compose', unread);
}

enterProject();
// The configuration is read from the built application.
await ensureBuilt(console.error);
await checkChart(process.argv.includes('--require-helm') || Boolean(process.env.CI));
reportCompose();
report('the Dockerfile keeps the rules', dockerfileFaults());
report('workflows and shell scripts', await checkWorkflows());
process.exitCode = failed ? 1 : 0;

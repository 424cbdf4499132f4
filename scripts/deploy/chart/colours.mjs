// Blue-green by hand, as docs/guide/deployment.md has it: two releases in one namespace, and an ingress that sends to
// either. They must not meet, and the switch must leave blue's pods alone, although the chart has moved on.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { inScratch } from '../steps.mjs';
import { podsOf, selects } from './pod-rules.mjs';
import { CHART, ENVIRONMENTS, render, titleOf } from './render.mjs';

const SWITCH = ['--set', 'ingress.backend=keelson-green', '--set', 'worker.replicas=0'];
const ASIDE = ['--set', 'ingress.enabled=false'];

const selectorsOf = ({ kind, spec }) =>
  kind === 'Service' ? [{ matchLabels: spec.selector }] : [spec?.selector, spec?.podSelector].filter(Boolean);

/** What one colour has that means the other's pods. */
const reaching = (from, to) =>
  from
    .filter(({ kind }) => kind !== 'ServiceMonitor')
    .filter((one) =>
      selectorsOf(one).some((selector) => podsOf(to).some(({ labels }) => selects(selector, labels))),
    )
    .map((one) => `${titleOf(one)} means pods of the other colour`);

/** Calls `work` with a copy of the chart that has another version. */
const withNextChart = (work) =>
  inScratch((chart) => {
    cpSync(CHART, chart, { recursive: true });
    const file = path.join(chart, 'Chart.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^(version|appVersion): .+/gm, '$1: 999.0.0'));
    return work(chart);
  });

const servingPods = (manifests) => podsOf(manifests).filter(({ kind }) => kind === 'Deployment');

export function colourFaults(helm) {
  const { production } = ENVIRONMENTS;
  const before = render(helm, production).manifests;
  const blue = withNextChart((chart) => render(helm, [...production, ...SWITCH], { chart }).manifests);
  const green = render(helm, [...production, ...ASIDE], { release: 'keelson-green' }).manifests;
  const titles = green.map(titleOf);
  const [ingress] = blue.filter(({ kind }) => kind === 'Ingress');
  const target = ingress.spec.rules[0].http.paths[0].backend.service.name;
  return [
    // The external secrets are shared: both write the same secrets.
    ...blue
      .filter((one) => one.kind !== 'ExternalSecret' && titles.includes(titleOf(one)))
      .map((one) => `${titleOf(one)} is of both colours`),
    ...reaching(blue, green),
    ...reaching(green, blue),
    ...(titles.includes(`Service ${target}`) ? [] : [`the ingress sends to ${target}, which is not green's`]),
    ...(titles.some((title) => title.startsWith('Ingress ')) ? ['green has an ingress of its own'] : []),
    ...(isDeepStrictEqual(servingPods(before), servingPods(blue)) ? [] : ["the switch replaces blue's pods"]),
  ];
}

// What a release has to be as a whole: its parts find each other, and nothing is in it that should not be.
import { HOOK_RULES } from './hook-rules.mjs';
import { NETWORK_RULES } from './network-rules.mjs';
import { ofKind, podsOf, selects, unless } from './pod-rules.mjs';
import { titleOf } from './render.mjs';

const deploymentsSurvive = (manifests) =>
  ofKind(manifests, 'Deployment').flatMap((deployment) => {
    const { name } = deployment.metadata;
    const { labels } = deployment.spec.template.metadata;
    const scaler = ofKind(manifests, 'HorizontalPodAutoscaler').find(
      ({ spec }) => spec.scaleTargetRef.name === name,
    );
    const budgets = ofKind(manifests, 'PodDisruptionBudget').filter(({ spec }) =>
      selects(spec.selector, labels),
    );
    return [
      ...unless(selects(deployment.spec.selector, labels), `${name} does not select its own pods`),
      ...unless(budgets.length === 1, `${name} has ${budgets.length} disruption budgets`),
      ...unless(
        budgets.every(({ spec }) => spec.maxUnavailable >= 1),
        `${name} keeps its node from being drained`,
      ),
      ...unless(
        Boolean(scaler) !== (deployment.spec.replicas !== undefined),
        `${name} has both a number of replicas and an autoscaler, or neither`,
      ),
      ...unless(deployment.spec.strategy.rollingUpdate?.maxUnavailable === 0, `${name} goes before it comes`),
      ...unless(deployment.spec.strategy.rollingUpdate?.maxSurge >= 1, `${name} never gets a new pod`),
      ...unless(!scaler || scaler.spec.maxReplicas > scaler.spec.minReplicas, `${name} is never scaled`),
    ];
  });

const servicesReachPods = (manifests) =>
  ofKind(manifests, 'Service').flatMap((service) => {
    const pods = podsOf(manifests).filter(({ labels }) =>
      selects({ matchLabels: service.spec.selector }, labels),
    );
    const ports = pods.flatMap(({ containers }) => containers.flatMap((container) => container.ports ?? []));
    return service.spec.ports.flatMap(({ targetPort }) => [
      ...unless(
        ports.some(({ name }) => name === targetPort),
        `${titleOf(service)} leads nowhere`,
      ),
      ...unless(
        targetPort !== 'management' || service.spec.clusterIP === 'None',
        `${titleOf(service)} offers the operators' port`,
      ),
    ]);
  });

const ingressIsSafe = (manifests) =>
  ofKind(manifests, 'Ingress').flatMap((ingress) => {
    const hosts = (ingress.spec.tls ?? []).flatMap((tls) => (tls.secretName ? tls.hosts : []));
    const services = new Map(ofKind(manifests, 'Service').map((service) => [service.metadata.name, service]));
    return ingress.spec.rules.flatMap(({ host, http }) => [
      ...unless(hosts.includes(host), `${titleOf(ingress)} answers for ${host} without TLS`),
      ...http.paths.flatMap(({ backend: { service } }) =>
        unless(
          services.get(service.name)?.spec.ports.some(({ name }) => name === service.port.name),
          `${titleOf(ingress)} sends to ${service.name}, which is not there`,
        ),
      ),
    ]);
  });

/** The address that mails and redirects name is the one that the ingress answers for. */
const addressIsTheOutsides = (manifests) =>
  ofKind(manifests, 'ConfigMap').flatMap(({ data: { PUBLIC_URL } }) => {
    const hosts = ofKind(manifests, 'Ingress').flatMap(({ spec }) => spec.rules.map(({ host }) => host));
    return unless(
      PUBLIC_URL?.startsWith('https://') && hosts.every((host) => PUBLIC_URL === `https://${host}`),
      `PUBLIC_URL is ${PUBLIC_URL}`,
    );
  });

/** The one that the values name; without it the secret of TLS is never made. */
const certificatesAreMade = (manifests) =>
  ofKind(manifests, 'Ingress').flatMap((ingress) =>
    unless(
      ingress.metadata.annotations?.['cert-manager.io/cluster-issuer'],
      `${titleOf(ingress)} asks no issuer for its certificate`,
    ),
  );

const metricsAreFound = (manifests) =>
  ofKind(manifests, 'ServiceMonitor').flatMap((monitor) => {
    const services = ofKind(manifests, 'Service').filter(({ metadata }) =>
      selects(monitor.spec.selector, metadata.labels),
    );
    const ports = services.flatMap(({ spec }) => spec.ports.map(({ name }) => name));
    return unless(
      services.length === 1 && monitor.spec.endpoints.every(({ port }) => ports.includes(port)),
      `${titleOf(monitor)} finds no port for its metrics`,
    );
  });

/** Each is read from an entry of its own, or API and worker would get the owner of the tables. */
const secretsAreApart = (manifests) => {
  const keys = ofKind(manifests, 'ExternalSecret').flatMap(({ spec }) =>
    spec.dataFrom.map(({ extract }) => extract.key),
  );
  return unless(new Set(keys).size === keys.length, 'two external secrets are read from one entry');
};

const configurationIsOpen = (manifests) =>
  ofKind(manifests, 'ConfigMap').flatMap((map) =>
    Object.entries(map.data).flatMap(([name, value]) =>
      unless(
        typeof value === 'string' && !/:\/\/[^/\s]*@/.test(value),
        `${titleOf(map)} has a password in ${name}`,
      ),
    ),
  );

// Schedules are the worker's; pods and those of a CronJob would escape the rules above.
const FOREIGN = /^(Secret|(Cluster)?Role(Binding)?|Namespace|Pod|CronJob)$/;
const nothingElse = (manifests) =>
  manifests
    .filter(({ kind }) => FOREIGN.test(kind))
    .map((manifest) => `${titleOf(manifest)} has no place in this chart`);

const namesAreUnique = (manifests) => {
  const titles = manifests.map(titleOf);
  return titles
    .filter((title, index) => titles.indexOf(title) !== index)
    .map((title) => `${title} is there twice`);
};

const accountsHaveNoToken = (manifests) =>
  ofKind(manifests, 'ServiceAccount').flatMap((account) =>
    unless(account.automountServiceAccountToken === false, `${titleOf(account)} gives out its token`),
  );

const RULES = [
  deploymentsSurvive,
  servicesReachPods,
  ingressIsSafe,
  addressIsTheOutsides,
  certificatesAreMade,
  metricsAreFound,
  secretsAreApart,
  configurationIsOpen,
  nothingElse,
  namesAreUnique,
  accountsHaveNoToken,
  ...HOOK_RULES,
  ...NETWORK_RULES,
];

export const releaseFaults = (manifests) => RULES.flatMap((rule) => rule(manifests));

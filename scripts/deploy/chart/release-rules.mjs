// What a release has to be as a whole: its parts find each other, and nothing is in it that should not be.
import { podsOf, selects } from './pod-rules.mjs';
import { titleOf } from './render.mjs';

const ofKind = (manifests, ...kinds) => manifests.filter(({ kind }) => kinds.includes(kind));
const unless = (holds, fault) => (holds ? [] : [fault]);

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

const configurationIsOpen = (manifests) =>
  ofKind(manifests, 'ConfigMap').flatMap((map) =>
    Object.entries(map.data).flatMap(([name, value]) =>
      unless(
        typeof value === 'string' && !/:\/\/[^/\s]*@/.test(value),
        `${titleOf(map)} has a password in ${name}`,
      ),
    ),
  );

/** An empty list in a policy means everybody, and everything. */
const policiesAreNarrow = (manifests) =>
  ofKind(manifests, 'NetworkPolicy').flatMap((policy) => [
    ...(policy.spec.ingress ?? []).flatMap(({ from, ports }) =>
      unless(from?.length && ports?.length, `${titleOf(policy)} lets everybody in`),
    ),
    ...(policy.spec.egress ?? []).flatMap(({ ports }) =>
      unless(ports?.length, `${titleOf(policy)} lets everything out`),
    ),
  ]);

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

const HOOK = 'helm.sh/hook';
const WEIGHT = 'helm.sh/hook-weight';

/** The migrations come before the release, so what they need must come before them. */
const migrationsComeFirst = (manifests) =>
  ofKind(manifests, 'Job').flatMap((job) => {
    const { annotations } = job.metadata;
    const { labels } = job.spec.template.metadata;
    const isEarlier = (manifest) =>
      manifest.metadata.annotations?.[HOOK] === annotations[HOOK] &&
      Number(manifest.metadata.annotations[WEIGHT]) < Number(annotations[WEIGHT]);
    const account = ofKind(manifests, 'ServiceAccount').find(
      ({ metadata }) => metadata.name === job.spec.template.spec.serviceAccountName,
    );
    const policy = ofKind(manifests, 'NetworkPolicy').find(
      (one) => isEarlier(one) && selects(one.spec.podSelector, labels) && one.spec.policyTypes.length === 2,
    );
    return [
      ...unless(
        annotations[HOOK] === 'pre-install,pre-upgrade',
        `${titleOf(job)} does not run before the release`,
      ),
      ...unless(account && isEarlier(account), `${titleOf(job)} has no account yet when it starts`),
      ...unless(policy, `${titleOf(job)} has no network policy yet when it starts`),
    ];
  });

const accountsHaveNoToken = (manifests) =>
  ofKind(manifests, 'ServiceAccount').flatMap((account) =>
    unless(account.automountServiceAccountToken === false, `${titleOf(account)} gives out its token`),
  );

const RULES = [
  deploymentsSurvive,
  servicesReachPods,
  ingressIsSafe,
  configurationIsOpen,
  policiesAreNarrow,
  nothingElse,
  namesAreUnique,
  migrationsComeFirst,
  accountsHaveNoToken,
];

export const releaseFaults = (manifests) => RULES.flatMap((rule) => rule(manifests));

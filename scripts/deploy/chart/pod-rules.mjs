// What every pod of the chart has to be. A rule takes a pod and everything it was rendered with, and answers its faults.
import { readFileSync } from 'node:fs';

/** The pods that these manifests would make: `{ title, kind, labels, spec, containers }`. */
export const podsOf = (manifests) =>
  manifests
    .filter(({ spec }) => spec?.template?.spec)
    .map(({ kind, metadata, spec: { template } }) => ({
      title: `${kind} ${metadata.name}`,
      kind,
      labels: template.metadata?.labels ?? {},
      annotations: template.metadata?.annotations ?? {},
      spec: template.spec,
      containers: [...template.spec.containers, ...(template.spec.initContainers ?? [])],
    }));

/** Whether a selector of labels means something with these labels. */
export const selects = (selector, labels) =>
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);

/** The manifests of one kind. */
export const ofKind = (manifests, wanted) => manifests.filter(({ kind }) => kind === wanted);
/** A fault, unless this holds. */
export const unless = (holds, fault) => (holds ? [] : [fault]);
const perContainer = (rule) => (pod, manifests) =>
  pod.containers.flatMap((container) =>
    rule(container, pod, manifests).map((fault) => `${container.name} ${fault}`),
  );

const notRoot = ({ spec: { securityContext: pod = {} }, containers }) => [
  ...unless(pod.runAsNonRoot === true, 'may run as root'),
  ...unless(pod.runAsUser >= 1000 && pod.runAsGroup >= 1000, 'runs as no fixed user'),
  ...unless(pod.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile'),
  ...containers.flatMap(({ name, securityContext: own = {} }) =>
    unless(own.runAsUser === undefined && own.runAsNonRoot !== false, `${name} chooses a user of its own`),
  ),
];

const confined = perContainer(({ securityContext: own = {} }) => [
  ...unless(own.readOnlyRootFilesystem === true, 'may write to its image'),
  ...unless(own.allowPrivilegeEscalation === false && !own.privileged, 'may gain privileges'),
  ...unless(own.capabilities?.drop?.includes('ALL') && !own.capabilities.add, 'has capabilities'),
]);

const apart = ({ spec }) => [
  ...unless(spec.automountServiceAccountToken === false, 'gets a token of the cluster'),
  ...unless(spec.enableServiceLinks === false, 'gets variables of other services'),
  ...unless(!spec.hostNetwork && !spec.hostPID && !spec.hostIPC, 'shares a namespace of its node'),
  ...unless(!spec.volumes?.some(({ hostPath }) => hostPath), 'sees files of its node'),
  ...unless(
    !spec.volumes?.some(({ emptyDir }) => emptyDir && (!emptyDir.sizeLimit || emptyDir.medium)),
    'may fill its node with temporary files',
  ),
];

const limited = perContainer(({ resources = {} }) =>
  ['requests', 'limits'].flatMap((kind) =>
    ['cpu', 'memory', 'ephemeral-storage'].flatMap((what) =>
      unless(resources[kind]?.[what], `has no ${kind} of ${what}`),
    ),
  ),
);

/** What a port answers: the API's is in its document, the operators' pages are few. */
const routesOf = (port) =>
  port === 'management'
    ? ['/health', '/metrics']
    : Object.keys(JSON.parse(readFileSync('openapi.json', 'utf8')).paths);

// A job ends by itself, which is all that anybody wants to know of it.
/** For how long a container may take to start, in seconds: a busy node is many times slower than a quiet one. */
const LEAST_TO_START = 60;

const probed = perContainer((container, { kind }) => {
  if (kind === 'Job') return [];
  const probes = ['startup', 'readiness', 'liveness'].map((name) => container[`${name}Probe`]?.httpGet ?? {});
  const ports = (container.ports ?? []).map(({ name }) => name);
  return [
    ...probes.flatMap(({ path, port }) =>
      unless(ports.includes(port) && routesOf(port).includes(path), `is probed where nothing is: ${path}`),
    ),
    // Otherwise a database that is away restarts every pod.
    ...unless(probes[1].path !== probes[2].path, 'is restarted when it is not ready'),
    ...unless(
      container.startupProbe?.periodSeconds * container.startupProbe?.failureThreshold >= LEAST_TO_START,
      `is killed when it takes ${LEAST_TO_START} seconds to start`,
    ),
  ];
});

const pinned = perContainer(({ image }) =>
  unless(/@sha256:[a-f0-9]{64}$|:(?!latest$)[^/:@]+$/.test(image), `runs ${image}, which may be anything`),
);

const isolated = ({ labels }, manifests) => {
  const policies = manifests.filter(
    ({ kind, spec }) => kind === 'NetworkPolicy' && selects(spec.podSelector, labels),
  );
  const types = policies.flatMap(({ spec }) => spec.policyTypes);
  return ['Ingress', 'Egress'].flatMap((type) =>
    unless(types.includes(type), `has no network policy for ${type}`),
  );
};

/** What has no password in it is not a secret by its looks; names are held against the application elsewhere. */
const byReference = perContainer(({ env = [] }) =>
  env.flatMap(({ name, value = '' }) => unless(!/:\/\/[^/\s]*@/.test(value), `has the password of ${name}`)),
);

// A process serves on for SHUTDOWN_DELAY_MS, has ten seconds for its connections, and ends itself after thirty.
const patient = ({ kind, spec }) =>
  unless(kind === 'Job' || spec.terminationGracePeriodSeconds > 30, 'is killed before it has finished');

// Who watches readiness has to have seen it go down before the process stops to listen.
const leavesFirst = perContainer(({ ports = [], readinessProbe }, _pod, manifests) => {
  if (!ports.some((port) => port.name === 'http')) return [];
  const [settings] = manifests.filter(({ kind }) => kind === 'ConfigMap');
  const noticed = readinessProbe?.periodSeconds * readinessProbe?.failureThreshold * 1000;
  return unless(Number(settings.data.SHUTDOWN_DELAY_MS) > noticed, 'ends before anybody has seen it go');
});

const spread = ({ kind, labels, spec }) => {
  const keys = (spec.topologySpreadConstraints ?? [])
    .filter(({ labelSelector }) => selects(labelSelector, labels))
    // A node that takes none of ours would count as an empty one.
    .filter(({ nodeTaintsPolicy }) => nodeTaintsPolicy === 'Honor')
    // Pods of the version before would count, and have gone a minute later.
    .filter(({ matchLabelKeys }) => matchLabelKeys?.includes('pod-template-hash'))
    .map(({ topologyKey }) => topologyKey);
  return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].flatMap((key) =>
    unless(kind === 'Job' || keys.includes(key), `is not spread over ${key}`),
  );
};

// The image knows `api` and `worker`, and takes everything else for a command.
const ARGUMENTS = { api: 'api', worker: 'worker', migrations: 'migrate' };
const runsWhatItSays = ({ labels, containers }) =>
  containers.flatMap(({ name, args, command }) =>
    unless(
      command === undefined && args?.join(' ') === ARGUMENTS[labels['app.kubernetes.io/component']],
      `${name} runs "${[...(command ?? []), ...(args ?? [])].join(' ')}"`,
    ),
  );

/** Node says nothing but a warning when the file is missing, and then trusts no private authority. */
const trusts = perContainer(({ env = [], volumeMounts = [] }, { spec }, manifests) => {
  const file = env.find(({ name }) => name === 'NODE_EXTRA_CA_CERTS')?.value;
  const all = podsOf(manifests).flatMap(({ containers }) => containers);
  const some = all.some((one) => one.env?.some(({ name }) => name === 'NODE_EXTRA_CA_CERTS'));
  if (!file) return unless(!some, 'does not trust the authority that others do');
  const mount = volumeMounts.find(({ mountPath }) => file.startsWith(`${mountPath}/`));
  const { configMap, secret } = spec.volumes?.find(({ name }) => name === mount?.name) ?? {};
  const source = configMap ?? secret;
  return unless(
    mount?.readOnly &&
      source?.optional !== true &&
      source?.items?.some(({ path }) => file.endsWith(`/${path}`)),
    `trusts ${file}, which may be missing`,
  );
});

const RULES = [
  runsWhatItSays,
  trusts,
  notRoot,
  confined,
  apart,
  limited,
  probed,
  pinned,
  isolated,
  byReference,
  patient,
  leavesFirst,
  spread,
];

export const podFaults = (manifests) =>
  podsOf(manifests).flatMap((pod) =>
    RULES.flatMap((rule) => rule(pod, manifests)).map((fault) => `${pod.title}: ${fault}`),
  );

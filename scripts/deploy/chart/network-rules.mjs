// Whom the pods may call, and who may call them: each what it needs, and nothing else.
import { ofKind, podsOf, selects, unless } from './pod-rules.mjs';
import { titleOf } from './render.mjs';

const DATA = [5432, 6379];
/** What each kind of pod calls: names, its data, mail servers, sign-in providers out there. */
const CALLS = {
  api: [53, ...DATA, 443],
  worker: [53, ...DATA, 465, 587, 443],
  migrations: [53, 5432],
};
/** By which ports it is called. */
const CALLED = { api: ['http', 'management'], worker: ['management'], migrations: [] };
/** The machine that a cloud tells its credentials to, and every private network. */
const INSIDE = ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

const COMPONENT = 'app.kubernetes.io/component';
const policiesFor = (manifests, labels) =>
  ofKind(manifests, 'NetworkPolicy').filter(({ spec }) => selects(spec.podSelector, labels));
const portsOf = (policies, direction) => [
  ...new Set(
    policies
      .flatMap(({ spec }) => spec[direction] ?? [])
      .flatMap(({ ports = [] }) => ports.map(({ port }) => port)),
  ),
];
const differ = (found, wanted) => found.toSorted().join() !== wanted.toSorted().join();

const podsReachWhatTheyNeed = (manifests) =>
  podsOf(manifests).flatMap(({ title, labels }) => {
    const component = labels[COMPONENT];
    const policies = policiesFor(manifests, labels);
    const [calls, called] = [portsOf(policies, 'egress'), portsOf(policies, 'ingress')];
    return [
      ...unless(
        !differ(calls, CALLS[component]),
        `${title} may call the ports ${calls}, not ${CALLS[component]}`,
      ),
      ...unless(!differ(called, CALLED[component]), `${title} is called by the ports ${called}`),
      ...unless(
        policies.some(({ spec }) => (spec.egress ?? []).some(asksForNames)),
        `${title} cannot ask for names by UDP`,
      ),
    ];
  });

const asksForNames = ({ ports }) => ports.some(({ port, protocol }) => port === 53 && protocol === 'UDP');

/** Whatever else the release gets, it begins with nothing. */
const denied = (manifests) => {
  const nothing = ofKind(manifests, 'NetworkPolicy').filter(
    ({ spec }) => !spec.ingress && !spec.egress && spec.policyTypes.length === 2,
  );
  return podsOf(manifests).flatMap(({ title, labels }) =>
    unless(
      nothing.some(({ spec }) => selects(spec.podSelector, labels)),
      `${title} is denied nothing to begin with`,
    ),
  );
};

/** Who reads metrics is not who sends requests. */
const callersAreApart = (manifests) =>
  ofKind(manifests, 'NetworkPolicy').flatMap((policy) => {
    const rules = policy.spec.ingress ?? [];
    const peers = new Set(rules.map(({ from }) => JSON.stringify(from)));
    return unless(peers.size === rules.length, `${titleOf(policy)} lets the same callers to both ports`);
  });

/** The internet is not the cluster. */
const httpsLeadsOutside = (manifests) =>
  ofKind(manifests, 'NetworkPolicy').flatMap((policy) => {
    const rules = (policy.spec.egress ?? []).filter(({ ports }) => ports.some(({ port }) => port === 443));
    const blocks = rules.flatMap(({ to }) => to ?? [{}]).map(({ ipBlock }) => ipBlock);
    return blocks.flatMap((block) =>
      unless(
        block && (block.cidr.includes(':') || INSIDE.every((network) => block.except?.includes(network))),
        `${titleOf(policy)} leads 443 into the cluster or to the metadata of the cloud`,
      ),
    );
  });

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

export const NETWORK_RULES = [
  podsReachWhatTheyNeed,
  denied,
  callersAreApart,
  httpsLeadsOutside,
  policiesAreNarrow,
];

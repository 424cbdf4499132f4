// Values that must not be accepted, and some that must. Of the first each with what the message has to name for its reader to find the mistake.
import { ENVIRONMENTS, render } from './render.mjs';

const set = (...pairs) => pairs.flatMap((pair) => ['--set', pair]);
const PRODUCTION = ENVIRONMENTS.production;

const REFUSED = [
  ['a value that nobody knows', set('replicas=3'), /replicas/],
  ['a value that nobody knows, further in', set('api.replica=3'), /replica\b/],
  ['an address for a name', set('host=https://keelson.example.com'), /host/],
  ['the tag latest', set('image.tag=latest'), /tag/],
  ['a tag in the repository', set('image.repository=ghcr.io/owner/keelson:latest'), /repository/],
  ['half a digest', set('image.digest=sha256:abc'), /digest/],
  ['production without a digest', [...PRODUCTION, ...set('image.digest=')], /digest/],
  ['root', set('runAsId=0'), /runAsId/],
  ['a secret in plain text', set('config.JOBS_PAYLOAD_KEYS=x'), /JOBS_PAYLOAD_KEYS.*it is a secret/],
  ['an address with a password', set('config.PROXY=http://me:secret@proxy'), /PROXY.*without a password/],
  ['a variable that the chart sets', set('config.NODE_ENV=development'), /NODE_ENV.*the chart sets it/],
  ['a number that Helm would spoil', set('config.HTTP_BODY_LIMIT=1048576'), /HTTP_BODY_LIMIT/],
  ['the owner of the tables for the API', set('secrets.optional={DATABASE_OWNER_URL}'), /migrations alone/],
  ['one secret for both', set('migrations.existingSecret=keelson'), /owner of the tables/],
  ['no address to send mails', set('secrets.required={DATABASE_URL}'), /secrets.required[^]*SMTP_URL/],
  ['no limits', set('api.resources.limits=null'), /limits/],
  ['more asked than allowed', set('worker.resources.requests.memory=2Gi'), /worker.resources.*2Gi.*512Mi/],
  ['more at least than at most', set('api.autoscaling.minReplicas=9'), /api.autoscaling.minReplicas, 9,/],
  ['memory without a unit', set('worker.resources.limits.memory=512'), /memory/],
  ['less time than it takes to end', set('shutdown.gracePeriodSeconds=20'), /gracePeriodSeconds/],
  ['an end before the balancer sees it', set('shutdown.delaySeconds=0'), /delaySeconds/],
  ['more delay than the application takes', set('shutdown.delaySeconds=60'), /delaySeconds/],
  ['an ingress without TLS', set('ingress.enabled=true', 'ingress.clusterIssuer='), /tlsSecret/],
  ['an API that everybody may call', set('networkPolicy.ingressFrom=null'), /ingressFrom/],
  ['no policy for names', set('networkPolicy.dns=null'), /dns/],
  ...[
    '10.0.0.0/99',
    '999.1.1.1/8',
    '10.0.0/8',
    '010.0.0.0/8',
    ':::::/8',
    '1::2::3/64',
    'fc00:/7',
    '10.0.0.1',
  ].map((cidr) => [`${cidr} for a network`, set(`networkPolicy.redis.to[0].ipBlock.cidr=${cidr}`), /cidr/]),
  ['a limit that is none', set('api.resources.limits.cpu=0m'), /cpu/],
  ['two authorities', set('ca.configMap=platform-ca', 'ca.secret=platform-ca'), /ca\b/],
  [
    'a file of certificates by hand',
    set('config.NODE_EXTRA_CA_CERTS=/ca.crt'),
    /NODE_EXTRA_CA_CERTS.*sets it/,
  ],
  [
    'more connections than PostgreSQL has',
    [...PRODUCTION, ...set('api.autoscaling.maxReplicas=12')],
    /\b98\b/,
  ],
  [
    'the pool of a single process',
    [...PRODUCTION, ...set('config.DATABASE_POOL_SIZE=')],
    /databaseConnections/,
  ],
  ['half a name of another alphabet', set('host=shop.xn--'), /host/],
];

// As the pipeline tags its images: by commit, by a version between two releases, by a release.
const TAGS = ['0123456789ab', 'a'.repeat(40), '0.1.0-0123456789ab', '1.2.3'];
const HOSTS = ['shop.xn--p1ai', 'shop.example.com', 'a-b.co'];
const NETWORKS = [
  '10.0.0.0/8',
  '0.0.0.0/0',
  '255.255.255.255/32',
  '::/0',
  'fc00::/7',
  '2001:db8::1/128',
  '::1/128',
];

const ACCEPTED = [
  ...TAGS.map((tag) => ['--set-string', `image.tag=${tag}`]),
  ...HOSTS.map((host) => set(`host=${host}`)),
  ...NETWORKS.map((cidr) => set(`networkPolicy.redis.to[0].ipBlock.cidr=${cidr}`)),
  set('secrets.existingSecret=keelson.application', 'ca.secret=private.ca'),
  // Blue-green: the switch takes the worker away.
  [...PRODUCTION, ...set('worker.replicas=0', 'databaseConnections=200')],
];

export const refusedCount = REFUSED.length;
export const acceptedCount = ACCEPTED.length;

/** The cases that this Helm refuses although they are in order. */
export const refusedSense = (helm) =>
  ACCEPTED.flatMap((values) => {
    const { refused } = render(helm, values);
    return refused === undefined ? [] : [`${values.join(' ')} is refused: ${refused}`];
  });

/** The cases that this Helm accepts, or refuses without saying where. */
export const acceptedNonsense = (helm) =>
  REFUSED.flatMap(([what, values, names]) => {
    const { refused } = render(helm, values);
    if (refused === undefined) return [`${what} is accepted: ${values.join(' ')}`];
    if (!/schema|: values: /.test(refused) || !names.test(refused))
      return [`${what} is refused without a word: ${refused}`];
    return [];
  });

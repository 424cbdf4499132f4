// Values that must not be accepted, each with what the message has to name for its reader to find the mistake.
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
  ['half a network', set('networkPolicy.redis.to[0].ipBlock.cidr=10.0.0.0/99'), /cidr/],
];

export const refusedCount = REFUSED.length;

/** The cases that this Helm accepts, or refuses without saying where. */
export const acceptedNonsense = (helm) =>
  REFUSED.flatMap(([what, values, names]) => {
    const { refused } = render(helm, values);
    if (refused === undefined) return [`${what} is accepted: ${values.join(' ')}`];
    if (!/schema|: values: /.test(refused) || !names.test(refused))
      return [`${what} is refused without a word: ${refused}`];
    return [];
  });

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
  ['a secret in plain text', set('config.JOBS_PAYLOAD_KEYS=x'), /JOBS_PAYLOAD_KEYS/],
  ['an address with a password', set('config.PROXY=http://me:secret@proxy'), /PROXY/],
  ['a variable that the chart sets', set('config.NODE_ENV=development'), /NODE_ENV/],
  ['a number that Helm would spoil', set('config.HTTP_BODY_LIMIT=1048576'), /HTTP_BODY_LIMIT/],
  ['the owner of the tables for the API', set('secrets.required={DATABASE_OWNER_URL}'), /required/],
  ['no limits', set('api.resources.limits=null'), /limits/],
  ['memory without a unit', set('worker.resources.limits.memory=512'), /memory/],
  ['less time than it takes to end', set('shutdown.gracePeriodSeconds=20'), /gracePeriodSeconds/],
  ['more delay than the application takes', set('shutdown.delaySeconds=60'), /delaySeconds/],
  ['an ingress without TLS', set('ingress.enabled=true', 'ingress.clusterIssuer='), /tlsSecret/],
  ['an API that everybody may call', set('networkPolicy.ingressFrom=null'), /ingressFrom/],
  ['no policy for names', set('networkPolicy.dns=null'), /dns/],
];

export const refusedCount = REFUSED.length;

/** The cases that this Helm accepts, or refuses without saying where. */
export const acceptedNonsense = (helm) =>
  REFUSED.flatMap(([what, values, names]) => {
    const { refused } = render(helm, values);
    if (refused === undefined) return [`${what} is accepted: ${values.join(' ')}`];
    if (!/schema/.test(refused) || !names.test(refused))
      return [`${what} is refused without a word: ${refused}`];
    return [];
  });

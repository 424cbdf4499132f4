import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpConfig } from './http.config';
import { defineProblem } from './problem';
import { sendProblem } from './problem.filter';

export const HttpsRequired = defineProblem(
  'forbidden',
  'https_required',
  'This came over plain http',
  'Send it to the https:// address. What it carried may have been read on its way: change the credential.',
);

/**
 * Whether a request came over plain http and was answered with the way to https (RFC 6797, 7.2): what reads is led
 * there, what writes is refused, so that nobody goes on sending secrets in the clear. Only a proxy in front can tell;
 * what comes without `X-Forwarded-Proto`, as probes do, did not come from outside.
 */
export type HttpsOnly = (request: FastifyRequest, reply: FastifyReply) => boolean;

export function httpsOnly({ PUBLIC_URL, TRUST_PROXY_HOPS }: HttpConfig): HttpsOnly {
  if (!PUBLIC_URL.startsWith('https:') || TRUST_PROXY_HOPS === 0) return () => false;
  const { origin } = new URL(PUBLIC_URL);
  return (request, reply) => {
    if (request.headers['x-forwarded-proto'] === undefined || request.protocol === 'https') return false;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads) void reply.redirect(origin + request.url, 308);
    else sendProblem(HttpsRequired(), request, reply);
    return true;
  };
}

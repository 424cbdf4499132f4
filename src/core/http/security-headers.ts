import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpConfig } from './http.config';

/** What a route may say otherwise: an answer is data, which a browser must not run as a page, and nobody keeps it. */
const UNLESS_SAID = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

/** The headers of every answer (OWASP, REST security). HSTS (RFC 6797) only where the outside comes by https. */
const always = (config: HttpConfig): Record<string, string> => ({
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  ...(config.PUBLIC_URL.startsWith('https:') && {
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
  }),
});

/** Sets what every answer carries, and the name of its request. */
export type AnswerHeaders = (request: FastifyRequest, reply: FastifyReply) => void;

export function answerHeaders(config: HttpConfig): AnswerHeaders {
  const headers = always(config);
  const defaults = Object.entries(UNLESS_SAID);
  return (request, reply) => {
    reply.headers(headers);
    for (const [name, value] of defaults) if (!reply.hasHeader(name)) reply.header(name, value);
    reply.header('x-request-id', request.id);
  };
}

/** The same as lines, for an answer that is written to a socket. */
export const answerHeaderLines = (config: HttpConfig): string[] =>
  Object.entries({ ...always(config), ...UNLESS_SAID }).map(([name, value]) => `${name}: ${value}`);

import type { FastifyReply } from 'fastify';
import type { HttpConfig } from './http.config';

/** An answer is data: a browser that takes it for a page loads and runs nothing (CSP 3; OWASP REST security). */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** The headers of every answer. HSTS (RFC 6797) only where the outside comes by https. */
export function securityHeaders(config: Pick<HttpConfig, 'PUBLIC_URL'>): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
    ...(config.PUBLIC_URL.startsWith('https:') && {
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    }),
  };
}

/** What a route may say otherwise: how a browser may use the answer, and whether anyone may keep it. */
export function setOverridableHeaders(reply: FastifyReply): void {
  if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', DATA_POLICY);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
}

import compress from '@fastify/compress';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Smaller answers fit a packet anyway. */
const THRESHOLD_BYTES = 1024;

/**
 * Answers in br or gzip to those who take it; event streams are left alone. Bodies of requests are not unpacked.
 * Call it before the routes are registered.
 */
export async function registerCompression(fastify: FastifyInstance): Promise<void> {
  await fastify.register(compress, {
    encodings: ['br', 'gzip'],
    threshold: THRESHOLD_BYTES,
    globalDecompression: false,
  });
  fastify.addHook('onRoute', (route) => {
    route.onSend = [...[route.onSend ?? []].flat(), markCoding];
  });
}

/**
 * A strong tag names bytes, so each coding has its own: `"7"` becomes `"7-br"` (RFC 9110, 8.8.3.3). A weak one would
 * do for caches, but never match in `If-Match`. The code that reads tags ignores the mark.
 */
function markCoding(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  const etag = reply.getHeader('etag');
  if (typeof etag === 'string' && etag.startsWith('"')) {
    const coding =
      reply.statusCode === 304 ? knownCoding(request, etag) : reply.getHeader('content-encoding');
    if (coding && !etag.endsWith(`-${coding}"`)) reply.header('etag', withCoding(etag, String(coding)));
  }
  done(null, payload);
}

/** 304 says the tag of the answer that the caller has. */
const knownCoding = (request: FastifyRequest, etag: string): string | undefined =>
  ['br', 'gzip'].find((coding) => request.headers['if-none-match']?.includes(withCoding(etag, coding)));

const withCoding = (etag: string, coding: string): string => `${etag.slice(0, -1)}-${coding}"`;

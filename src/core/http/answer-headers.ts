import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export type AnswerHeader = 'etag' | 'location' | 'next';

declare module 'fastify' {
  interface FastifyContextConfig {
    answerHeaders?: readonly AnswerHeader[];
  }
}

type Body = Record<string, unknown>;

/**
 * Gives answers the headers that `@Returns` declared, from the value that the handler returned, before it is
 * serialized. A hook and not an interceptor: that would lead every answer through observables.
 */
export function registerAnswerHeaders(fastify: FastifyInstance): void {
  fastify.addHook<Body>('preSerialization', (request, reply, body, done) => {
    const headers = request.routeOptions.config.answerHeaders;
    if (!headers || reply.statusCode >= 300) return done(null, body);
    for (const header of headers) WRITERS[header](body, request, reply);
    done(null, reply.statusCode === 304 ? null : body);
  });
}

const WRITERS: Record<AnswerHeader, (body: Body, request: FastifyRequest, reply: FastifyReply) => void> = {
  etag: writeEtag,
  location: ({ id }, request, reply) => void reply.header('location', `${pathOf(request)}/${String(id)}`),
  next: writeNext,
};

const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0]!;

/**
 * The strong `ETag` of a single resource, made of the version of its row and, when the caller chose fields, of that
 * choice; a GET whose `If-None-Match` has it is answered 304 (RFC 9110, 13.1.2). The handler's value must carry
 * `version`; the serializer drops it. What was filled in from elsewhere changes without the row: it gets no tag.
 */
function writeEtag({ version }: Body, request: FastifyRequest, reply: FastifyReply): void {
  if ((request.query as { expand?: readonly string[] }).expand?.length) return;
  const etag = etagOf(version, request);
  reply.header('etag', etag);
  const known = request.method === 'GET' && request.headers['if-none-match'];
  if (known && names(known, etag)) reply.status(304).removeHeader('content-type');
}

function etagOf(version: unknown, request: FastifyRequest): string {
  const choice = request.method === 'GET' ? request.url.indexOf('?') : -1;
  if (choice < 0) return `"${String(version)}"`;
  const shape = createHash('sha256').update(request.url.slice(choice)).digest('base64url').slice(0, 12);
  return `"${String(version)}-${shape}"`;
}

/** Whether the list of tags has this one; a proxy may have weakened it, or marked the coding it applied. */
function names(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.some((tag) => tag.replace(/-(?:gzip|br)"$/, '"') === etag);
}

/** `Link: <...>; rel="next"` (RFC 8288) on a page that has a successor. */
function writeNext({ nextCursor }: Body, request: FastifyRequest, reply: FastifyReply): void {
  if (typeof nextCursor !== 'string') return;
  const parameters = new URLSearchParams(request.url.split('?', 2)[1]);
  parameters.delete('offset');
  parameters.set('cursor', nextCursor);
  reply.header('link', `<${pathOf(request)}?${parameters}>; rel="next"`);
}

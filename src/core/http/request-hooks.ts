import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Context, runInContext } from '../context';

const TRACEPARENT = /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** Opens the context of each request and names the request in its answer. */
export function registerHooks(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => runInContext(contextOf(request), done));
  fastify.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id);
    done(null, payload);
  });
}

function contextOf(request: FastifyRequest): Context {
  const { traceparent } = request.headers;
  return {
    requestId: request.id,
    route: `${request.method} ${request.routeOptions.url ?? 'unmatched'}`,
    scope: {},
    statements: 0,
    traceparent: typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined,
  };
}

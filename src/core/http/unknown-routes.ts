import type { FastifyInstance, HTTPMethods } from 'fastify';
import { sendProblem } from './problem.filter';
import { MethodNotAllowed } from './problems';

const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The methods of every path, as they are registered. */
export type Routes = Map<string, Set<string>>;

export function collectRoutes(fastify: FastifyInstance): Routes {
  const routes: Routes = new Map();
  fastify.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    routes.set(url, methods);
  });
  return routes;
}

/** A path that exists answers 405 with `Allow` to the methods it does not have (RFC 9110, 15.5.6). */
export function answerOtherMethods(fastify: FastifyInstance, routes: Routes): void {
  for (const [url, taken] of byShape(routes)) {
    const allow = METHODS.filter((method) => taken.has(method)).join(', ');
    const method = METHODS.filter((one) => !taken.has(one));
    if (method.length === 0) continue;
    fastify.route({
      method,
      url,
      handler: (request, reply) => sendProblem(MethodNotAllowed({ headers: { allow } }), request, reply),
    });
  }
}

/** Paths that differ in the names of their parameters only are one: `/me/x/:id` and `/me/x/:name`. */
function byShape(routes: Routes): Routes {
  const shapes = new Map<string, string>();
  const merged: Routes = new Map();
  for (const [url, methods] of routes) {
    if (url.includes('*')) continue;
    const shape = url.replace(/:\w+/g, ':');
    const known = shapes.get(shape) ?? url;
    shapes.set(shape, known);
    merged.set(known, new Set([...(merged.get(known) ?? []), ...methods]));
  }
  return merged;
}

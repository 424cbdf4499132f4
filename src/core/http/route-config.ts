import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';

const configs = new WeakMap<object, FastifyContextConfig>();

/**
 * Adds to what Fastify knows of the route (`request.routeOptions.config`). Nest's own `RouteConfig` sets the whole,
 * so that of two decorators on one handler only the upper one counts; with this one both do.
 */
export const AddRouteConfig =
  (config: FastifyContextConfig): MethodDecorator =>
  (controller, name, descriptor) => {
    const handler = descriptor.value as object;
    const both = { ...configs.get(handler), ...config };
    configs.set(handler, both);
    RouteConfig(both)(controller, name, descriptor);
  };

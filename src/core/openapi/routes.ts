import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type Access, accessOf } from '../auth/access';

type Handler = (...args: unknown[]) => unknown;

/** A REST route as the running application has it. */
export interface Route {
  readonly method: string;
  /** With parameters as OpenAPI writes them: `/v1/products/{id}`. */
  readonly path: string;
  readonly operationId: string;
  /** The module by its folder's name: `feature-flags`. */
  readonly module: string;
  /** Undefined when the route declares none; the application does not start then. */
  readonly access: Access | undefined;
  readonly controller: Type;
  readonly name: string;
  readonly handler: Handler;
}

const OPERATION = 'swagger/apiOperation';

/** The REST routes, read from what the decorators left on the controllers that are really there. */
@Injectable()
export class Routes {
  private readonly scanner = new MetadataScanner();

  constructor(private readonly discovery: DiscoveryService) {}

  list(): Route[] {
    const routes = this.discovery
      .getControllers()
      .flatMap(({ metatype, host }) => this.routesOf(metatype as Type, folderOf(host?.metatype)));
    return routes.toSorted((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
  }

  private routesOf(controller: Type, module: string): Route[] {
    const prototype = controller.prototype as Record<string, Handler>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name]!;
      const method: RequestMethod | undefined = Reflect.getMetadata(METHOD_METADATA, handler);
      if (method === undefined) return [];
      return pathsOf(controller, handler).map((path) => ({
        method: RequestMethod[method],
        path,
        operationId: Reflect.getMetadata(OPERATION, handler)?.operationId ?? name,
        module,
        access: accessOf(handler, controller),
        controller,
        name,
        handler,
      }));
    });
  }
}

function pathsOf(controller: Type, handler: Handler): string[] {
  const prefixes: string[] = [Reflect.getMetadata(PATH_METADATA, controller) ?? ''].flat();
  const paths: string[] = [Reflect.getMetadata(PATH_METADATA, handler) ?? ''].flat();
  return prefixes.flatMap((prefix) => paths.map((path) => toPath(`${prefix}/${path}`)));
}

/** `v1//products/:id/` → `/v1/products/{id}`. */
export const toPath = (address: string): string =>
  `/${address
    .split('/')
    .filter(Boolean)
    .map((part) => part.replace(/^:(\w+)$/, '{$1}'))
    .join('/')}`;

/** `FeatureFlagsModule` → `feature-flags`. */
const folderOf = (module: unknown): string =>
  typeof module === 'function'
    ? module.name
        .replace(/Module$/, '')
        .replace(/(?<=.)[A-Z]/g, '-$&')
        .toLowerCase()
    : '';

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Permissions } from '../auth/permissions';
import { type Route, Routes, toPath } from './routes';

/**
 * Refuses to start with a route that nobody decided about: one without `@Public`, `@Authenticated` or `@Requires`,
 * one whose permission no module registered, or two that share an operation id.
 */
@Injectable()
export class RouteCheck implements OnApplicationBootstrap {
  constructor(
    private readonly routes: Routes,
    private readonly permissions: Permissions,
  ) {}

  onApplicationBootstrap(): void {
    const owners = new Map<string, Route>();
    const faults = this.routes.list().flatMap((route) => {
      const namesake = owners.get(route.operationId);
      owners.set(route.operationId, route);
      return [...this.accessFaults(route), ...namesakeFaults(route, namesake)].map(
        (fault) => `  ${route.method} ${route.path} (${route.controller.name}.${route.name}) ${fault}`,
      );
    });
    if (faults.length > 0) throw new Error(`These routes are not fit to be served:\n${faults.join('\n')}`);
  }

  /**
   * Refuses addresses that were given to Fastify beside Nest's controllers: no guard stands before them.
   * @param addresses the methods of each address, as Fastify has them
   */
  assertListed(addresses: ReadonlyMap<string, ReadonlySet<string>>): void {
    const listed = new Set(this.routes.list().map(({ method, path }) => `${method} ${path}`));
    const strangers = [...addresses].flatMap(([url, methods]) =>
      [...methods]
        .filter((method) => method !== 'HEAD' && method !== 'OPTIONS')
        .map((method) => `${method} ${toPath(url)}`)
        .filter((address) => !listed.has(address)),
    );
    if (strangers.length === 0) return;
    throw new Error(
      `These addresses belong to no controller, so nothing guards them: ${strangers.join(', ')}`,
    );
  }

  private accessFaults({ access }: Route): string[] {
    if (!access) return ['declares no access: add @Public(), @Authenticated() or @Requires(permission)'];
    const { permission } = access;
    if (permission === undefined || this.permissions.has(permission)) return [];
    return [`requires "${permission}", which no module has registered in Permissions`];
  }
}

const namesakeFaults = (route: Route, namesake: Route | undefined): string[] =>
  namesake ? [`has the operationId "${route.operationId}" of ${namesake.method} ${namesake.path}`] : [];

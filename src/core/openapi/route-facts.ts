import type { OpenAPIObject } from '@nestjs/swagger';
import { takesIfMatch } from '../http/etag';
import { type Idempotency, idempotencyOf } from '../http/idempotency/need';
import { type RateClassName, rateClassOf } from '../http/rate-limits/rate-class';
import { RETURNS, type Returned } from '../http/returns';
import type { Route } from './routes';

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** What follows from a route's decorators for the answers and headers that it has. */
export interface RouteFacts {
  readonly route: Route;
  readonly hasInput: boolean;
  readonly hasBody: boolean;
  readonly hasPathParameters: boolean;
  readonly writes: boolean;
  readonly hasEtag: boolean;
  readonly takesIfMatch: boolean;
  readonly idempotency: Idempotency;
  readonly rateClass: RateClassName;
  /** What `@Returns` said; undefined for a route that writes its answer by hand. */
  readonly returns?: Returned;
}

export function factsOf(route: Route, operation: Operation): RouteFacts {
  const { handler, controller, name } = route;
  const hasBody = operation.requestBody !== undefined;
  const returns: Returned | undefined = Reflect.getMetadata(RETURNS, handler);
  return {
    route,
    hasBody,
    hasInput: hasBody || (operation.parameters ?? []).length > 0,
    hasPathParameters: route.path.includes('{'),
    writes: route.method !== 'GET',
    hasEtag: returns?.headers?.includes('etag') ?? false,
    takesIfMatch: takesIfMatch(controller, name),
    idempotency: idempotencyOf(handler),
    rateClass: rateClassOf(handler, controller),
    returns,
  };
}

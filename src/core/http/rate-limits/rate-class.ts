import { SetMetadata } from '@nestjs/common';

const RATE_CLASS = 'http:rate-class';

/**
 * How often a caller may use a route. Routes of a class share one budget per caller, set by `RATE_LIMIT_<CLASS>`:
 * `default` is every route that says nothing, `auth` whatever takes or proves a secret, `unlimited` has none (probes).
 * In the place of `default`, programs have the budget that a module gave their kind with `RateLimits.give`.
 */
export type RateClassName = 'default' | 'auth' | 'unlimited';

/** Puts a route, or every route of a controller, in a rate class. */
export const RateClass = (name: RateClassName) => SetMetadata(RATE_CLASS, name);

/** The class of a handler, else of its controller, else `default`. */
export const rateClassOf = (handler: object, controller: object): RateClassName =>
  Reflect.getMetadata(RATE_CLASS, handler) ?? Reflect.getMetadata(RATE_CLASS, controller) ?? 'default';

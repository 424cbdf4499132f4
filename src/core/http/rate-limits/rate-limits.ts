import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { HttpMetrics } from '../../observability/http-metrics';
import { RedisConnection } from '../../redis/redis-connection';
import { defineProblem } from '../problem';
import { type Left, MemoryWindows } from './memory-windows';
import type { RateClassName } from './rate-class';
import { rateLimitsConfig, type RateLimitsConfig } from './rate-limits.config';

export const RateLimited = defineProblem(
  'too-many',
  'rate_limited',
  'You have sent too many requests',
  'Nothing was done. Wait for the seconds in `Retry-After`; `RateLimit-Policy` says how much is allowed.',
);

interface Budget {
  readonly policy: string;
  readonly take: (caller: string) => Left | Promise<Left>;
}

/**
 * Counts requests by class and caller in windows that begin with the first request: in Redis, so that all instances
 * share one count, else in this process. While Redis is away each instance counts for itself.
 */
@Injectable()
export class RateLimits {
  private readonly budgets = new Map<string, Budget>();

  constructor(
    @Inject(rateLimitsConfig.token) config: RateLimitsConfig,
    private readonly redis: RedisConnection,
    private readonly metrics: HttpMetrics,
  ) {
    this.give('default' satisfies RateClassName, config.RATE_LIMIT_DEFAULT);
    this.give('auth' satisfies RateClassName, config.RATE_LIMIT_AUTH);
  }

  /** Gives a class, or callers of a kind for ordinary routes, a budget of requests/seconds for each caller. */
  give(name: string, requests: string): void {
    this.budgets.set(name, this.budget(name, requests));
  }

  /** Whether the class or the kind has a budget. */
  has(name: string): boolean {
    return this.budgets.has(name);
  }

  /**
   * Takes one request from the caller's budget, and says in the answer what is left of it
   * (`RateLimit` and `RateLimit-Policy`, draft-ietf-httpapi-ratelimit-headers-10).
   * @throws Problem rate_limited when nothing was left
   */
  take(name: string, caller: string, reply: FastifyReply): true | Promise<true> {
    const { policy, take } = this.budgets.get(name)!;
    reply.header('ratelimit-policy', policy);
    const left = take(caller);
    return left instanceof Promise
      ? left.then((counted) => this.settle(name, counted, reply))
      : this.settle(name, left, reply);
  }

  private settle(name: string, { requests, ms }: Left, reply: FastifyReply): true {
    const seconds = Math.max(1, Math.ceil(ms / 1000));
    reply.header('ratelimit', `"${name}";r=${Math.max(0, requests)};t=${seconds}`);
    if (requests >= 0) return true;
    this.metrics.limited.inc({ class: name });
    throw RateLimited({ headers: { 'retry-after': String(seconds) } });
  }

  private budget(name: string, text: string): Budget {
    const [points, duration] = text.split('/').map(Number) as [number, number];
    const policy = `"${name}";q=${points};w=${duration}`;
    const storeClient = this.redis.client;
    if (!storeClient) {
      const windows = new MemoryWindows(points, duration);
      return { policy, take: (caller) => windows.take(caller) };
    }
    const options = { keyPrefix: `rate:${name}`, points, duration };
    const limiter = new RateLimiterRedis({
      ...options,
      storeClient,
      insuranceLimiter: new RateLimiterMemory(options),
      rejectIfRedisNotReady: true,
      inMemoryBlockOnConsumed: points + 1,
    });
    return { policy, take: (caller) => limiter.consume(caller).then(leftOf, leftOfRefused) };
  }
}

const leftOf = ({ remainingPoints, msBeforeNext }: RateLimiterRes): Left => ({
  requests: remainingPoints,
  ms: msBeforeNext,
});

/** The library rejects with an error, or with the count that was one too many. */
function leftOfRefused(refusal: Error | RateLimiterRes): Left {
  if (refusal instanceof Error) throw refusal;
  return { requests: -1, ms: refusal.msBeforeNext };
}

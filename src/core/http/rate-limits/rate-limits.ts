import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import { HttpMetrics } from '../../observability/http-metrics';
import { RedisConnection } from '../../redis/redis-connection';
import { defineProblem } from '../problem';
import type { RateClassName } from './rate-class';
import { rateLimitsConfig, type RateLimitsConfig } from './rate-limits.config';

export const RateLimited = defineProblem(
  'too-many',
  'rate_limited',
  'You have sent too many requests',
  'Nothing was done. Wait for the seconds in `Retry-After`; `RateLimit-Policy` says how much is allowed.',
);

/** `api-key` is what `default` is for API keys: a budget of its own for each. */
export type LimitedClass = Exclude<RateClassName, 'unlimited'> | 'api-key';

interface Budget {
  readonly limiter: RateLimiterAbstract;
  readonly policy: string;
}

/**
 * Counts requests by class and caller in windows that begin with the first request: in Redis, so that all instances
 * share one count, else in this process. While Redis is away each instance counts for itself.
 */
@Injectable()
export class RateLimits {
  private readonly budgets: Record<LimitedClass, Budget>;

  constructor(
    @Inject(rateLimitsConfig.token) config: RateLimitsConfig,
    private readonly redis: RedisConnection,
    private readonly metrics: HttpMetrics,
  ) {
    this.budgets = {
      default: this.budget('default', config.RATE_LIMIT_DEFAULT),
      auth: this.budget('auth', config.RATE_LIMIT_AUTH),
      'api-key': this.budget('api-key', config.RATE_LIMIT_API_KEY),
    };
  }

  /**
   * Takes one request from the caller's budget, and says in the answer what is left of it
   * (`RateLimit` and `RateLimit-Policy`, draft-ietf-httpapi-ratelimit-headers-10).
   * @throws Problem rate_limited when nothing was left
   */
  take(name: LimitedClass, caller: string, reply: FastifyReply): Promise<true> {
    const { limiter, policy } = this.budgets[name];
    reply.header('ratelimit-policy', policy);
    return limiter.consume(caller).then(
      ({ remainingPoints, msBeforeNext }) => {
        reply.header('ratelimit', `"${name}";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1000)}`);
        return true;
      },
      (refusal: Error | RateLimiterRes) => {
        if (refusal instanceof Error) throw refusal;
        const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
        reply.header('ratelimit', `"${name}";r=0;t=${seconds}`);
        this.metrics.limited.inc({ class: name });
        throw RateLimited({ headers: { 'retry-after': String(seconds) } });
      },
    );
  }

  private budget(name: LimitedClass, text: string): Budget {
    const [points, duration] = text.split('/').map(Number) as [number, number];
    const options = { keyPrefix: `rate:${name}`, points, duration };
    const memory = new RateLimiterMemory(options);
    const storeClient = this.redis.client;
    return {
      policy: `"${name}";q=${points};w=${duration}`,
      limiter: storeClient
        ? new RateLimiterRedis({
            ...options,
            storeClient,
            insuranceLimiter: memory,
            rejectIfRedisNotReady: true,
            inMemoryBlockOnConsumed: points + 1,
          })
        : memory,
    };
  }
}

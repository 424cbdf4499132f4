import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { httpConfig, type HttpConfig } from './http.config';
import { defineProblem } from './problem';
import { AddRouteConfig } from './route-config';

export const Overloaded = defineProblem(
  'unavailable',
  'overloaded',
  'The service has more to do than it can',
  'Nothing was done. Wait for the seconds in `Retry-After`, then try again; slow down if you send much.',
);

/** How often the timer is looked at, and for how long a verdict holds, in milliseconds. */
const RESOLUTION_MS = 10;
const VERDICT_MS = 500;

declare module 'fastify' {
  interface FastifyContextConfig {
    neverShed?: boolean;
  }
}

/** The route is neither counted nor refused under load: probes, and streams that stay open. */
export const NeverShed = () => AddRouteConfig({ neverShed: true });

/** Refuses work before it begins when there is too much of it, so that what is under way gets done. */
@Injectable()
export class Overload implements OnApplicationShutdown {
  /** How many requests are being worked on, without those of `@NeverShed()` routes. */
  inFlight = 0;
  private delayed = false;
  private histogram?: IntervalHistogram;
  private timer?: NodeJS.Timeout;

  constructor(@Inject(httpConfig.token) private readonly config: HttpConfig) {}

  /** Begins to watch the event loop. */
  watch(): void {
    const limit = this.config.OVERLOAD_EVENT_LOOP_DELAY_MS;
    if (limit === 0 || this.timer) return;
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    this.histogram = histogram;
    this.timer = setInterval(() => {
      this.delayed = histogram.mean / 1e6 - RESOLUTION_MS > limit;
      histogram.reset();
    }, VERDICT_MS).unref();
  }

  /** What is short, if anything is: the reason to refuse the next request. */
  get reason(): 'event_loop' | 'in_flight' | undefined {
    if (this.delayed) return 'event_loop';
    return this.inFlight >= this.config.OVERLOAD_IN_FLIGHT ? 'in_flight' : undefined;
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.histogram?.disable();
  }
}

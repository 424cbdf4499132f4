import { Inject, Injectable } from '@nestjs/common';
import type { Context } from '../context';
import { processLogger } from '../process';
import { HttpMetrics } from './http-metrics';
import { observabilityConfig, type ObservabilityConfig } from './observability.config';

/** The status by which nginx, too, records a request whose caller went away before the answer. */
const CALLER_LEFT = 499;

/** Keeps what is to be known of a finished request: a log line, and its place in the histogram. */
@Injectable()
export class RequestRecord {
  private readonly logger = processLogger();

  constructor(
    readonly metrics: HttpMetrics,
    @Inject(observabilityConfig.token) private readonly config: ObservabilityConfig,
  ) {}

  /** `answered` is whether the whole answer was handed to the network. Of the request, only the route is kept. */
  finished(context: Context, answered: boolean, statusCode: number, ms: number): void {
    const status = answered ? statusCode : CALLER_LEFT;
    this.metrics.observe(context.route, status, ms);
    if (!this.config.LOG_REQUESTS) return;
    const space = context.route.indexOf(' ');
    this.logger.request({
      method: context.route.slice(0, space),
      route: context.route.slice(space + 1),
      status,
      ms: Math.round(ms * 10) / 10,
      statements: context.count.statements,
      requestId: context.requestId,
      traceparent: context.traceparent,
      tenantId: context.scope.tenantId,
      userId: context.scope.userId,
    });
  }
}

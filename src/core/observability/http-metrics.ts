import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Metrics } from './metrics';

const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'];

/** Rate, errors and duration of every route, and what was turned away. */
@Injectable()
export class HttpMetrics {
  readonly shed: Counter<'reason'>;
  readonly limited: Counter<'class'>;
  private readonly duration: Histogram<'method' | 'route' | 'status'>;
  /** By status class and route: finding a series by its labels costs more than counting. */
  private readonly series = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>();

  constructor(private readonly metrics: Metrics) {
    const registers = [metrics.registry];
    this.shed = new Counter({
      name: 'http_requests_shed_total',
      help: 'Requests answered with 503 because there was too much to do.',
      labelNames: ['reason'],
      registers,
    });
    this.limited = new Counter({
      name: 'http_requests_rate_limited_total',
      help: 'Requests answered with 429.',
      labelNames: ['class'],
      registers,
    });
    this.duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the arrival of the headers to the end of the answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
  }

  /** Shows how many requests are under way, as `count` tells when somebody looks. */
  watchInFlight(count: () => number): void {
    new Gauge({
      name: 'http_requests_in_flight',
      help: 'Requests that are being worked on.',
      registers: [this.metrics.registry],
      collect() {
        this.set(count());
      },
    });
  }

  /** `route` is `GET /v1/products/:id`: there are as many as routes, whatever callers send. */
  observe(route: string, status: number, ms: number): void {
    const statusClass = STATUS_CLASSES[Math.trunc(status / 100) - 1] ?? '5xx';
    const key = `${statusClass} ${route}`;
    let series = this.series.get(key);
    if (!series) {
      const space = route.indexOf(' ');
      series = this.duration.labels(route.slice(0, space), route.slice(space + 1), statusClass);
      this.series.set(key, series);
    }
    series.observe(ms / 1000);
  }
}

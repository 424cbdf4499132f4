import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** The version of the application, as package.json says it. */
export const VERSION: string = JSON.parse(
  readFileSync(join(__dirname, '../../../package.json'), 'utf8'),
).version;

/** What Prometheus reads: modules register their own metrics with `registers: [metrics.registry]`. */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();
  private started = false;

  /** Begins to measure the process itself: CPU, memory, garbage collection, event loop. */
  start(): void {
    if (this.started) return;
    this.started = true;
    collectDefaultMetrics({ register: this.registry });
    const build = new Gauge({
      name: 'build_info',
      help: 'Always 1; its labels say what runs.',
      labelNames: ['version', 'node'],
      registers: [this.registry],
    });
    build.set({ version: VERSION, node: process.version }, 1);
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }
}

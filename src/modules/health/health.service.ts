import { Inject, Injectable } from '@nestjs/common';
import { Health, type HealthResult } from '../../core/health/health';
import { Drain } from '../../core/http/drain';
import { defineProblem } from '../../core/http/problem';
import { VERSION } from '../../core/observability/metrics';
import { observabilityConfig, type ObservabilityConfig } from '../../core/observability/observability.config';
import type { HealthView, VersionView } from './health.schema';

export const NotReady = defineProblem(
  'unavailable',
  'not_ready',
  'The service is not ready',
  'Send requests to another instance, and ask again later.',
);

/** Answers probes and operators. */
@Injectable()
export class HealthService {
  private started = false;

  constructor(
    private readonly health: Health,
    private readonly drain: Drain,
    @Inject(observabilityConfig.token) private readonly config: ObservabilityConfig,
  ) {}

  /** @throws Problem not_ready while the process drains, or when something critical is down */
  async assertReady(): Promise<void> {
    if (this.drain.begun || isDown(await this.health.results('critical'))) throw NotReady();
    this.started = true;
  }

  /** @throws Problem not_ready until the process has been ready once */
  async assertStarted(): Promise<void> {
    if (!this.started) await this.assertReady();
  }

  version(): VersionView {
    return { version: VERSION, revision: this.config.REVISION };
  }

  async report(): Promise<HealthView> {
    const checks = await this.health.results();
    return {
      status: this.drain.begun ? 'draining' : worstOf(checks),
      ...this.version(),
      uptimeSeconds: Math.trunc(process.uptime()),
      checks,
      drivers: this.health.drivers(),
    };
  }
}

const isDown = (checks: HealthResult[]): boolean =>
  checks.some(({ critical, status }) => critical && status === 'down');

function worstOf(checks: HealthResult[]): HealthView['status'] {
  if (isDown(checks)) return 'down';
  return checks.some(({ status }) => status === 'down') ? 'degraded' : 'ok';
}

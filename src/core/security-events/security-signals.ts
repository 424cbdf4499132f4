import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { Scope } from '../context';
import { Metrics } from '../observability/metrics';

/** Tells operators of security events, so that they can be alerted (OWASP ASVS 5.0, V16.3): by numbers and ids only. */
@Injectable()
export class SecuritySignals {
  private readonly logger = new Logger('SecurityEvents');
  private readonly total: Counter<'type'>;

  constructor(metrics: Metrics) {
    this.total = new Counter({
      name: 'security_events_total',
      help: 'Security events that were recorded.',
      labelNames: ['type'],
      registers: [metrics.registry],
    });
  }

  give(type: string, { userId, tenantId }: Scope): void {
    this.total.inc({ type });
    this.logger.log({ message: 'security event', type, subject: userId, organization: tenantId });
  }
}

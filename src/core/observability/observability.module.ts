import { Global, Module } from '@nestjs/common';
import { DatabaseMetrics } from './database-metrics';
import { HttpMetrics } from './http-metrics';
import { Management } from './management';
import { Metrics } from './metrics';
import { observabilityConfig } from './observability.config';
import { RequestRecord } from './request-record';

/** What can be seen of a running process: log lines, metrics, and the port for operators. */
@Global()
@Module({
  providers: [observabilityConfig.provider, Metrics, HttpMetrics, DatabaseMetrics, RequestRecord, Management],
  exports: [observabilityConfig.provider, Metrics, HttpMetrics, RequestRecord, Management],
})
export class ObservabilityModule {}

import './launch';
import { letHeapGrow } from './core/heap';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';
import { assertConfigurations } from './core/config/configuration';
import { WorkerRuntime } from './core/jobs/worker-runtime';
import { Management } from './core/observability/management';
import { processLogger, startProcess } from './core/process';

void startProcess(async () => {
  assertConfigurations(process.env);
  const logger = processLogger();
  const app = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
  await app.get(WorkerRuntime).start();
  await app.get(Management).listen('worker');
  logger.log('worker ready', 'Worker');
  letHeapGrow();
  return app;
});

import './launch';
import { letHeapGrow } from './core/heap';
import { AppModule } from './app.module';
import { assertConfigurations, readConfiguration } from './core/config/configuration';
import { httpConfig } from './core/http/http.config';
import { createServer } from './core/http/server';
import { Management } from './core/observability/management';
import { startProcess } from './core/process';

void startProcess(async () => {
  assertConfigurations(process.env);
  const { PORT, HOST } = readConfiguration(httpConfig, process.env);
  const app = await createServer(AppModule);
  await app.get(Management).listen('api');
  await app.listen(PORT, HOST);
  letHeapGrow();
  return app;
});

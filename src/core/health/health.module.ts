import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Health } from './health';
import { OwnChecks } from './own-checks';

/** Whether what the process relies on is there: a registry that modules and drivers add to. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  providers: [Health, OwnChecks],
  exports: [Health],
})
export class CoreHealthModule {}

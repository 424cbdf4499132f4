import { Module } from '@nestjs/common';
import { CoreModule } from './core/core.module';

/** The table of contents: core, then one line a module. */
@Module({
  imports: [CoreModule],
})
export class AppModule {}

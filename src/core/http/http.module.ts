import { Global, Module } from '@nestjs/common';
import { Batches } from './batch';
import { IdempotencyKeys } from './idempotency/idempotency-keys';
import { ProblemPagesController } from './problem-pages/problem-pages.controller';

/** What routes share: idempotent effects, batches, and the pages about problems. */
@Global()
@Module({
  controllers: [ProblemPagesController],
  providers: [Batches, IdempotencyKeys],
  exports: [Batches, IdempotencyKeys],
})
export class HttpModule {}

import { Global, Module } from '@nestjs/common';
import { Batches } from './batch';
import { Cookies } from './cookies';
import { httpConfig } from './http.config';
import { IdempotencyKeys } from './idempotency/idempotency-keys';
import { OwnPages } from './own-pages';
import { ProblemPagesController } from './problem-pages/problem-pages.controller';

/** What routes share: idempotent effects, batches, cookies, and the pages about problems. */
@Global()
@Module({
  controllers: [ProblemPagesController],
  providers: [httpConfig.provider, Batches, Cookies, IdempotencyKeys, OwnPages],
  exports: [Batches, Cookies, IdempotencyKeys, OwnPages],
})
export class HttpModule {}

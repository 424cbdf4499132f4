import { Global, Module } from '@nestjs/common';
import { Batches } from './batch';
import { IdempotencyKeys } from './idempotency/idempotency-keys';

/** What routes share: idempotent effects and batches. */
@Global()
@Module({ providers: [Batches, IdempotencyKeys], exports: [Batches, IdempotencyKeys] })
export class HttpModule {}

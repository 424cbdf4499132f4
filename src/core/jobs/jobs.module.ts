import { Global, Module } from '@nestjs/common';
import { Jobs } from './jobs';

/** Work that is done later, by the worker: BullMQ on Redis, or on PostgreSQL where there is no Redis. */
@Global()
@Module({ providers: [Jobs], exports: [Jobs] })
export class JobsModule {}

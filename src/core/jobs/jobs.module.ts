import { BullModule } from '@nestjs/bullmq';
import { Global, Module } from '@nestjs/common';
import { databaseConfig } from '../database/database.config';
import { redisConfig } from '../redis/redis.config';
import { Jobs } from './jobs';
import { jobsConfig } from './jobs.config';
import { PayloadSeal } from './payload-seal';
import { QueueWorkers } from './queue-workers';
import { Queues } from './queues';
import { Relay } from './relay';
import { Retention } from './retention';
import { Schedules } from './schedules';
import { WorkerRuntime } from './worker-runtime';

/** The connection that BullMQ's own module and ours share. */
@Module({
  providers: [databaseConfig.provider, redisConfig.provider, jobsConfig.provider, Queues],
  exports: [Queues, jobsConfig.provider],
})
class QueuesModule {}

/** Work that is done later, by the worker: BullMQ on Redis, or on PostgreSQL where there is no Redis. */
@Global()
@Module({
  imports: [
    QueuesModule,
    BullModule.forRootAsync({
      imports: [QueuesModule],
      inject: [Queues],
      useFactory: (queues: Queues) => queues.options,
      extraOptions: { manualRegistration: true },
    }),
    // Without a queue of its own it brings what starts the classes that are marked as a @Processor.
    BullModule.registerQueue(),
  ],
  providers: [Jobs, PayloadSeal, QueueWorkers, Relay, Retention, Schedules, WorkerRuntime],
  exports: [Jobs, PayloadSeal, QueuesModule, WorkerRuntime],
})
export class JobsModule {}

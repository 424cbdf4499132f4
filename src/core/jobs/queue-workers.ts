import { BullRegistrar } from '@nestjs/bullmq';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Job, UnrecoverableError, type Worker } from 'bullmq';
import { Consumers } from '../events/consumers';
import { type DeliveryData, messageOf } from './deliveries';
import { PermanentFailure } from './job';
import { jobsConfig, type JobsConfig } from './jobs.config';
import { Queues } from './queues';
import { Slots } from '../slots';

/**
 * Takes deliveries from the queues and has them handled: one BullMQ worker for each queue that has a consumer, and
 * one for each class that is marked with `@Processor`.
 */
@Injectable()
export class QueueWorkers {
  private readonly logger = new Logger('Jobs');
  private readonly slots: Slots;
  private workers: Worker[] = [];

  constructor(
    private readonly consumers: Consumers,
    private readonly queues: Queues,
    @Inject(jobsConfig.token) private readonly config: JobsConfig,
    private readonly processors: BullRegistrar,
  ) {
    this.slots = new Slots(queues.handlersAtOnce);
  }

  async start(): Promise<void> {
    const byQueue = new Map(this.consumers.list().map((consumer) => [consumer.queue, consumer]));
    this.workers = [...byQueue].map(([queue, { concurrency }]) => this.work(queue, concurrency));
    this.processors.register();
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
  }

  /** Takes nothing more, and resolves when what is running has finished. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  private work(queue: string, concurrency = this.config.JOBS_CONCURRENCY): Worker {
    const worker = this.queues.work(queue, concurrency, (job) => this.slots.run(() => this.deliver(job)));
    worker.on('failed', (job, error) => job && this.report(job, error));
    return worker;
  }

  private async deliver(job: Job<DeliveryData>): Promise<void> {
    try {
      await this.consumers.deliver(job.name, messageOf(job), job.attemptsMade + 1);
    } catch (error) {
      if (error instanceof PermanentFailure) throw new UnrecoverableError(error.message);
      throw error;
    }
  }

  private report(job: Job<DeliveryData>, error: Error): void {
    const { id, headers } = messageOf(job);
    const final = job.finishedOn !== undefined;
    const message = final ? 'a job failed for good' : 'a job failed and will be tried again';
    const line = { message, job: job.name, id, attempt: job.attemptsMade, error: error.message, ...headers };
    if (final) this.logger.error({ ...line, stack: error.stack });
    else this.logger.warn(line);
  }
}

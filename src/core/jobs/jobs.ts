import { Injectable } from '@nestjs/common';
import { Consumers } from '../events/consumers';
import { Outbox } from '../events/outbox';
import { jobPayload, type JobType } from './job';
import { PayloadSeal } from './payload-seal';

/** The queue of the jobs that have none of their own. */
const SHARED_QUEUE = 'jobs';
/** The queue of everything that runs by the clock. */
export const SCHEDULE_QUEUE = 'schedules';

/** What a handler knows of its job beside the payload. */
export interface JobRun {
  /** The same at every attempt and every delivery: give it to other systems as their idempotency key. */
  readonly id: string;
  /** 1 at first. */
  readonly attempt: number;
}

export interface EnqueueOptions {
  /** Not before this many milliseconds have passed. */
  readonly delayMs?: number;
  /** 1 (first) to 2097151; jobs without one go before all that have one. */
  readonly priority?: number;
}

/** When a schedule runs: every so many milliseconds, or by a cron pattern in UTC (`0 3 * * *`). */
export interface Schedule {
  readonly name: string;
  readonly when: string | number;
}

/** Work for the worker: sent with the transaction, handled with retries, scheduled once for the whole cluster. */
@Injectable()
export class Jobs {
  private readonly planned: Schedule[] = [];

  constructor(
    private readonly outbox: Outbox,
    private readonly consumers: Consumers,
    private readonly payloads: PayloadSeal,
  ) {}

  /** Enqueues a job in the running transaction (or in one of its own): if and only if it commits. @throws InvalidPayloadError */
  async enqueue<P>(job: JobType<P>, payload: P, options?: EnqueueOptions): Promise<void> {
    const valid = jobPayload(job, payload);
    const carried = job.sealed ? this.payloads.close(job.subject, valid) : valid;
    await this.outbox.add(job.subject, carried, options);
  }

  /**
   * Sets the one handler of a job; register in `onModuleInit`. It runs in a transaction and in the scope (tenant,
   * user) in which the job was enqueued; what it writes happens once. What it does elsewhere may happen twice when
   * the process dies between that and the commit: pass `id` on where the other side can recognise it. When it throws
   * it runs again later, unless it throws {@link PermanentFailure}. The transaction is open while it runs: work that
   * takes minutes belongs in several jobs.
   */
  handle<P>(job: JobType<P>, handler: (payload: P, run: JobRun) => Promise<void>): void {
    const { name, subject, attempts, backoffMs, concurrency } = job;
    this.consumers.add({
      name,
      subject,
      queue: concurrency ? name : SHARED_QUEUE,
      attempts,
      backoffMs,
      concurrency,
      handle: ({ id, payload }, attempt) => {
        const plain = job.sealed ? this.payloads.open(subject, payload) : payload;
        return handler(jobPayload(job, plain), { id, attempt });
      },
    });
  }

  /**
   * Runs `handler` by the clock, once each time however many workers there are, in a transaction, outside of any
   * tenant; register in `onModuleInit`. `when` is a cron pattern in UTC or an interval in milliseconds.
   */
  every(name: string, when: string | number, handler: () => Promise<void>): void {
    this.consumers.add({
      name,
      subject: `schedule:${name}`,
      queue: SCHEDULE_QUEUE,
      attempts: 3,
      backoffMs: 1000,
      handle: handler,
    });
    this.planned.push({ name, when });
  }

  /** Everything that was planned with `every`. */
  schedules(): readonly Schedule[] {
    return this.planned;
  }
}

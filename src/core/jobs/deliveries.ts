import type { Job, JobsOptions } from 'bullmq';
import type { Consumer } from '../events/consumers';
import type { Message } from '../events/message';

const DAY_S = 86_400;

/** What a delivery carries in BullMQ. A schedule carries no message: BullMQ makes one job for each time. */
export interface DeliveryData {
  readonly message?: Message;
}

/** How the deliveries of a consumer are retried, and for how long BullMQ remembers what became of them. */
export function retryOptions({ attempts, backoffMs }: Consumer): JobsOptions {
  return {
    attempts,
    // Half of each pause is left to chance, so that what failed together does not come back together.
    backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
    // As long as it is remembered, the same delivery is not queued again.
    removeOnComplete: { age: DAY_S, count: 5000 },
    removeOnFail: { age: 30 * DAY_S },
    stackTraceLimit: 3,
  };
}

/** The id of a delivery: handing the message over once more makes no second one. */
export const deliveryId = (consumer: Consumer, message: Message): string => `${message.id}.${consumer.name}`;

/** The message of a delivery. The id of a scheduled job tells its time, so it is the same for every worker. */
export function messageOf(job: Job<DeliveryData>): Message {
  const id = job.id!;
  return (
    job.data.message ?? {
      id,
      subject: `schedule:${job.name}`,
      payload: null,
      headers: { requestId: id },
      createdAt: new Date(job.timestamp).toISOString(),
    }
  );
}

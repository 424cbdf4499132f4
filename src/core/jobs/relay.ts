import { Injectable, Logger } from '@nestjs/common';
import { Consumers } from '../events/consumers';
import { Notifications } from '../database/notifications';
import { declaredEvents } from '../events/event';
import { Outbox, OUTBOX_CHANNEL, type OutgoingMessage } from '../events/outbox';
import { deliveryId, retryOptions } from './deliveries';
import { Queues } from './queues';

const BATCH = 100;
/** How long a message can lie when its notification was lost. */
const POLL_MS = 1000;
/** Waiting for a transport must end before PostgreSQL ends the transaction that holds the messages. */
const HAND_OVER_WITHIN_MS = 10_000;

/**
 * Carries messages from the outbox to the queues: each event once for each of its consumers, each job once. It takes
 * only what this release knows; the rest waits for a worker of the release that sent it.
 */
@Injectable()
export class Relay {
  private readonly logger = new Logger('Relay');
  private running?: Promise<void>;
  private stopped = false;
  private woken = false;
  private wake = () => {};

  constructor(
    private readonly outbox: Outbox,
    private readonly consumers: Consumers,
    private readonly queues: Queues,
    private readonly notifications: Notifications,
  ) {}

  start(): void {
    if (this.running) return;
    const wake = () => {
      this.woken = true;
      this.wake();
    };
    this.notifications.on(OUTBOX_CHANNEL, wake, wake);
    this.running = this.run();
  }

  /** Resolves when the batch that is under way has been handed over. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.woken = false;
      const taken = await this.pass();
      if (taken < BATCH && !this.woken && !this.stopped) await this.rest();
    }
  }

  private async pass(): Promise<number> {
    try {
      return await this.outbox.relay(this.subjects(), BATCH, (messages) => this.handOver(messages));
    } catch (error) {
      this.logger.warn({ message: 'the outbox could not be handed over', error: (error as Error).message });
      await this.rest();
      return 0;
    }
  }

  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private subjects(): string[] {
    const handled = this.consumers.list().map(({ subject }) => subject);
    return [...new Set([...declaredEvents().map(({ subject }) => subject), ...handled])];
  }

  /** The place of other transports: whatever carries a message has to call `Consumers.deliver` at its other end. */
  private async handOver(messages: OutgoingMessage[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const refuse = () => reject(new Error(`no answer within ${HAND_OVER_WITHIN_MS} ms`));
      timer = setTimeout(refuse, HAND_OVER_WITHIN_MS);
    });
    try {
      await Promise.race([Promise.all(messages.flatMap((message) => this.enqueue(message))), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private enqueue({ delayMs, priority, ...message }: OutgoingMessage): Promise<unknown>[] {
    return this.consumers.of(message.subject).map((consumer) =>
      this.queues.open(consumer.queue).add(
        consumer.name,
        { message },
        {
          ...retryOptions(consumer),
          jobId: deliveryId(consumer, message),
          delay: Math.ceil(delayMs),
          priority,
        },
      ),
    );
  }
}

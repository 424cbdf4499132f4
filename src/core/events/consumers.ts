import { Injectable } from '@nestjs/common';
import { runInContext } from '../context';
import { Inbox } from './inbox';
import { contextOf, type Message } from './message';

/** One handler of the messages of one subject, and how its deliveries are queued and retried. */
export interface Consumer {
  /** `mail.send`, `search@product.created.v1`: unique, and stable across releases, for the inbox remembers it. */
  readonly name: string;
  readonly subject: string;
  readonly queue: string;
  readonly attempts: number;
  /** The pause before the second attempt, in milliseconds; it doubles with each. */
  readonly backoffMs: number;
  /** How many the queue handles at once in a process; undefined: the configured number. */
  readonly concurrency?: number;
  handle(message: Message, attempt: number): Promise<void>;
}

/** Who handles what: the table between the outbox and whatever transport carries the messages. */
@Injectable()
export class Consumers {
  private readonly consumers = new Map<string, Consumer>();

  constructor(private readonly inbox: Inbox) {}

  /** @throws Error when the name is taken */
  add(consumer: Consumer): void {
    if (this.consumers.has(consumer.name)) throw new Error(`${consumer.name} has two handlers.`);
    this.consumers.set(consumer.name, consumer);
  }

  list(): Consumer[] {
    return [...this.consumers.values()];
  }

  of(subject: string): Consumer[] {
    return this.list().filter((consumer) => consumer.subject === subject);
  }

  /**
   * Handles one delivery: in the scope of the message, in a transaction, and not again when it was handled before.
   * Every transport ends here. @throws what the handler throws, for the transport to try again later
   */
  async deliver(name: string, message: Message, attempt: number): Promise<void> {
    const consumer = this.consumers.get(name);
    if (!consumer) throw new Error(`Nothing in this process handles ${name}; another release may.`);
    await runInContext(contextOf(message.headers, name), () =>
      this.inbox.once(name, message.id, () => consumer.handle(message, attempt)),
    );
  }
}

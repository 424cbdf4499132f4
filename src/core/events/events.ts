import { Injectable } from '@nestjs/common';
import { Consumers } from './consumers';
import { type EventEnvelope, eventPayload, type EventType } from './event';
import { type Message } from './message';
import { Outbox } from './outbox';

const QUEUE = 'events';
/** With the pause doubling from one second: for about nine hours. */
const ATTEMPTS = 16;
const BACKOFF_MS = 1000;

/** How modules tell each other what happened, without knowing each other. */
@Injectable()
export class Events {
  constructor(
    private readonly outbox: Outbox,
    private readonly consumers: Consumers,
  ) {}

  /**
   * Publishes an event in the running transaction (or in one of its own): listeners are told if and only if it
   * commits, some milliseconds later, in the worker. @throws InvalidPayloadError
   */
  async publish<P>(event: EventType<P>, payload: P): Promise<void> {
    await this.outbox.add(event.subject, eventPayload(event, payload));
  }

  /**
   * Calls `handler` for each event of the type; register in `onModuleInit`. It runs in a transaction and in the
   * scope (tenant, user) of the event, and what it writes happens once, however often the event is delivered. When
   * it throws, it is called again later, up to 16 times in nine hours. Events may arrive in another order than they
   * happened. `listener` names it for good: what was not yet handled under a name that is gone is lost.
   */
  on<P>(
    event: EventType<P>,
    listener: string,
    handler: (payload: P, envelope: EventEnvelope) => Promise<void>,
  ): void {
    this.consumers.add({
      name: `${listener}@${event.name}.v${event.version}`,
      subject: event.subject,
      queue: QUEUE,
      attempts: ATTEMPTS,
      backoffMs: BACKOFF_MS,
      handle: (message) => handler(eventPayload(event, message.payload), envelopeOf(event, message)),
    });
  }
}

function envelopeOf(event: EventType<unknown>, { id, createdAt, headers }: Message): EventEnvelope {
  const { tenantId, userId, requestId } = headers;
  return { id, name: event.name, version: event.version, occurredAt: createdAt, tenantId, userId, requestId };
}

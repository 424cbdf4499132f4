import type { z } from 'zod';
import { validated } from './payload';

/** Something that happened: a fact with a name, a version and the shape of its payload. */
export interface EventType<P> {
  readonly name: string;
  readonly version: number;
  readonly schema: z.ZodType<P>;
  readonly subject: string;
}

/** What a listener is told beside the payload. */
export interface EventEnvelope {
  /** UUIDv7 of the event, the same at every delivery and for every listener. */
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
  readonly tenantId?: string;
  readonly userId?: string;
  readonly requestId: string;
}

const declared = new Map<string, EventType<unknown>>();

/** Every event that was declared. */
export const declaredEvents = (): EventType<unknown>[] => [...declared.values()];

/**
 * Declares an event: `defineEvent({ name: 'product.created', version: 1, schema })`. The payload is plain JSON and
 * carries what listeners need, without the secrets. A field may be added with a default; anything else is a new
 * version, published beside the old one until its last listener has moved.
 * @throws Error when name and version are taken.
 */
export function defineEvent<P>(event: { name: string; version: number; schema: z.ZodType<P> }): EventType<P> {
  const subject = `event:${event.name}.v${event.version}`;
  if (declared.has(subject)) throw new Error(`The event ${event.name} v${event.version} is declared twice.`);
  const type: EventType<P> = { ...event, subject };
  declared.set(subject, type as EventType<unknown>);
  return type;
}

/** The payload as the schema gives it back. @throws InvalidPayloadError */
export const eventPayload = <P>(event: EventType<P>, payload: unknown): P =>
  validated(event.subject, event.schema, payload);

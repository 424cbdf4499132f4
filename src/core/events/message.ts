import { type Context, currentContext } from '../context';

/** Where a message comes from; it is handled in the same scope and under the same ids. */
export interface MessageHeaders {
  readonly tenantId?: string;
  readonly userId?: string;
  readonly requestId: string;
  readonly traceparent?: string;
}

/** What the outbox holds and what is handed over: an event that happened, or a job to do. Plain JSON. */
export interface Message {
  /** UUIDv7, the same at every delivery. */
  readonly id: string;
  /** `event:product.created.v1`, `job:mail.send`: who may handle it. */
  readonly subject: string;
  readonly payload: unknown;
  readonly headers: MessageHeaders;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/** The headers of a message that the running request or job sends. */
export function currentHeaders(): MessageHeaders {
  const { requestId = 'internal', traceparent, scope } = currentContext() ?? {};
  return { tenantId: scope?.tenantId, userId: scope?.userId, requestId, traceparent };
}

/** The context in which `consumer` handles a message with these headers. */
export function contextOf(headers: MessageHeaders, consumer: string): Context {
  const { tenantId, userId, requestId, traceparent } = headers;
  return { requestId, traceparent, route: consumer, scope: { tenantId, userId }, count: { statements: 0 } };
}

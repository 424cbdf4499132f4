/** Whether a route takes an `Idempotency-Key`, insists on one, or does not know it. */
export type Idempotency = 'required' | 'accepted' | 'none';

export const IDEMPOTENCY = 'http:idempotency';

/** What a handler was marked with by `@Idempotent()`. */
export const idempotencyOf = (handler: object): Idempotency =>
  Reflect.getMetadata(IDEMPOTENCY, handler) ?? 'none';

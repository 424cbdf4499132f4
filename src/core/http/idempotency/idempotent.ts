import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { IdempotencyInterceptor } from './idempotency.interceptor';

const IDEMPOTENCY = 'http:idempotency';

/** Whether a route takes an `Idempotency-Key`, insists on one, or does not know it. */
export type Idempotency = 'required' | 'accepted' | 'none';

export const idempotencyOf = (handler: object): Idempotency => Reflect.getMetadata(IDEMPOTENCY, handler) ?? 'none';

/**
 * The route may be sent again with the same `Idempotency-Key` and acts once (api.md, "Idempotency";
 * draft-ietf-httpapi-idempotency-key-header). `required` refuses a request without a key: for where money moves.
 */
export const Idempotent = (need: Exclude<Idempotency, 'none'> = 'accepted') =>
  applyDecorators(SetMetadata(IDEMPOTENCY, need), UseInterceptors(IdempotencyInterceptor));

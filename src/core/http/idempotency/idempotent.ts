import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { IdempotencyInterceptor } from './idempotency.interceptor';
import { IDEMPOTENCY, type Idempotency } from './need';

export { idempotencyOf } from './need';

/**
 * The route may be sent again with the same `Idempotency-Key` and acts once (draft-ietf-httpapi-idempotency-key-header).
 * `required` refuses a request without a key: for where money moves.
 */
export const Idempotent = (need: Exclude<Idempotency, 'none'> = 'accepted') =>
  applyDecorators(SetMetadata(IDEMPOTENCY, need), UseInterceptors(IdempotencyInterceptor));

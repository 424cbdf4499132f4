import { applyDecorators } from '@nestjs/common';
import type { z } from 'zod';
import { Idempotent } from './idempotency/idempotent';
import { Returns } from './returns';

/**
 * A route that makes a resource: 201 with its address below the one it was posted to (RFC 9110, 15.3.2) and its
 * `ETag`, and once only under an `Idempotency-Key`.
 */
export const Creates = (schema: z.ZodType): MethodDecorator =>
  applyDecorators(Returns(schema, { status: 201, headers: ['location', 'etag'] }), Idempotent('accepted'));

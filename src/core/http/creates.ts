import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { z } from 'zod';
import { EtagInterceptor } from './etag';
import { Idempotent } from './idempotency/idempotent';
import { Returns } from './returns';

/** Names the new resource below the address it was posted to (RFC 9110, 15.3.2). */
@Injectable()
class LocationInterceptor implements NestInterceptor {
  intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = host.switchToHttp();
    const path = http.getRequest<FastifyRequest>().url.split('?', 1)[0]!;
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      map((resource: { id: string }) => {
        reply.header('location', `${path}/${resource.id}`);
        return resource;
      }),
    );
  }
}

/** A route that makes a resource: 201 with `Location` and `ETag`, and once only under an `Idempotency-Key`. */
export const Creates = (schema: z.ZodType): MethodDecorator =>
  applyDecorators(
    Returns(schema, { status: 201 }),
    Idempotent('accepted'),
    UseInterceptors(LocationInterceptor, EtagInterceptor),
  );

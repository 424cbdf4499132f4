import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defer, firstValueFrom, from, type Observable } from 'rxjs';
import { currentContext } from '../../context';
import { IdempotencyKeys } from './idempotency-keys';
import { idempotencyOf } from './need';
import { IdempotencyKeyInvalid, IdempotencyKeyMissing } from './problems';

const KEY = /^"?([\x21\x23-\x7e]{8,255})"?$/;

/** Runs the handler and keeps its answer in one transaction, or replays the answer that the key already has. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly keys: IdempotencyKeys) {}

  intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const header = request.headers['idempotency-key'];
    if (header === undefined) {
      if (idempotencyOf(host.getHandler()) === 'required') throw IdempotencyKeyMissing();
      return next.handle();
    }
    const key = KEY.exec(String(header))?.[1];
    if (!key) throw IdempotencyKeyInvalid();
    return defer(() => from(this.answer(key, request, http.getResponse<FastifyReply>(), next)));
  }

  private async answer(key: string, request: FastifyRequest, reply: FastifyReply, next: CallHandler) {
    const use = { owner: ownerOf(request), key, fingerprint: fingerprintOf(request) };
    const run = () => firstValueFrom(next.handle(), { defaultValue: null as unknown });
    const { body, replayed } = await this.keys.once(use, run);
    if (replayed) reply.header('idempotency-replayed', 'true');
    return body;
  }
}

/** Keys belong to the caller in the active organization; before sign-in, to the address. */
function ownerOf(request: FastifyRequest): string {
  const principal = currentContext()?.principal;
  return principal ? `${principal.userId}:${principal.tenantId ?? ''}` : `address:${request.ip}`;
}

/** What makes two requests the same: method, address and body. */
function fingerprintOf(request: FastifyRequest): Buffer {
  const body = request.body === undefined ? '' : JSON.stringify(request.body);
  return createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest();
}

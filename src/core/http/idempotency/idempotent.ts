import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { currentContext } from '../../context';
import type { IdempotencyKeys } from './idempotency-keys';
import { IDEMPOTENCY, type Idempotency } from './need';
import { IdempotencyKeyInvalid, IdempotencyKeyMissing } from './problems';

declare module 'fastify' {
  interface FastifyInstance {
    idempotencyKeys: IdempotencyKeys;
  }
}

type Need = Exclude<Idempotency, 'none'>;

interface IdempotentOptions {
  /** The answer holds a secret: it is kept sealed. */
  readonly secret?: boolean;
}

const KEY = /^"?([\x21\x23-\x7e]{8,255})"?$/;

/**
 * The route may be sent again with the same `Idempotency-Key` and acts once: its handler runs, and its answer is kept,
 * in one transaction, or it does not run and the answer that the key has is replayed
 * (draft-ietf-httpapi-idempotency-key-header). `required` refuses a request without a key: for where money moves.
 *
 * It wraps the handler: an interceptor would lead every request through observables, with a key or without.
 */
export const Idempotent =
  (need: Need = 'accepted', { secret = false }: IdempotentOptions = {}): MethodDecorator =>
  (_target, name, descriptor) => {
    const handler = descriptor.value as unknown as (...args: unknown[]) => unknown;
    const wrapped = function (this: unknown, ...args: unknown[]) {
      return once({ need, secret }, () => handler.apply(this, args));
    };
    for (const key of Reflect.getMetadataKeys(handler)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), wrapped);
    }
    Reflect.defineMetadata(IDEMPOTENCY, need, wrapped);
    descriptor.value = Object.defineProperty(wrapped, 'name', { value: name }) as never;
  };

/** @throws Problem idempotency_key_missing, idempotency_key_invalid, and what {@link IdempotencyKeys.once} throws */
async function once(
  { need, secret }: { need: Need; secret: boolean },
  work: () => unknown,
): Promise<unknown> {
  const reply = currentContext()!.reply!;
  const header = reply.request.headers['idempotency-key'];
  if (header === undefined) {
    if (need === 'required') throw IdempotencyKeyMissing();
    return work();
  }
  const key = KEY.exec(String(header))?.[1];
  if (!key) throw IdempotencyKeyInvalid();
  const use = { owner: ownerOf(reply.request), key, fingerprint: fingerprintOf(reply.request), secret };
  const { body, replayed } = await reply.server.idempotencyKeys.once(use, async () => work());
  if (replayed) reply.header('idempotency-replayed', 'true');
  return body;
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

import { createHash } from 'node:crypto';
import {
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { defineProblem } from './problem';

export const PreconditionFailed = defineProblem(
  'precondition-failed',
  'precondition_failed',
  'Somebody changed this since you read it',
  'Read it again, apply your change to what is there now, and send it with the new ETag in `If-Match`.',
);

/** The versions that `If-Match` allows; undefined when the caller does not care. */
export type ExpectedVersions = readonly number[] | undefined;

const TAG = /^"(\d{1,9})[^"]*"$/;

const readIfMatch = (_data: unknown, host: ExecutionContext): ExpectedVersions => {
  const header = host.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  return header
    .split(',')
    .flatMap((tag) => TAG.exec(tag.trim())?.[1] ?? [])
    .map(Number);
};

/**
 * The versions that the `If-Match` header of the request names (RFC 9110, 13.1.1), for the service to hold against
 * the row under its lock with {@link assertVersion}. Weak and foreign tags name no version, so they match none.
 */
export const IfMatch = createParamDecorator(readIfMatch);

/** Whether the method of a controller has an `@IfMatch()` argument. */
export const takesIfMatch = (controller: Type, method: string): boolean =>
  Object.values<{ factory?: unknown }>(
    Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {},
  ).some(({ factory }) => factory === readIfMatch);

/** @throws Problem precondition_failed unless the row's version is one that the caller expected */
export function assertVersion(version: number, expected: ExpectedVersions): void {
  if (expected && !expected.includes(version)) throw PreconditionFailed();
}

/**
 * Gives a single resource its strong `ETag`, made of the version of its row and, when the caller chose fields or
 * expansions, of that choice; answers 304 to a GET whose `If-None-Match` has it (RFC 9110, 13.1.2).
 * The value that the handler returns must carry `version`; the serializer drops it.
 */
@Injectable()
export class EtagInterceptor implements NestInterceptor {
  intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(map((resource: { version: number }) => tag(resource, request, reply)));
  }
}

function tag(resource: { version: number }, request: FastifyRequest, reply: FastifyReply): unknown {
  if (isExpanded(request)) return resource;
  const etag = etagOf(resource.version, request);
  reply.header('etag', etag);
  const known = request.method === 'GET' && request.headers['if-none-match'];
  if (!known || !names(known, etag)) return resource;
  reply.status(304);
  return undefined;
}

function etagOf(version: number, request: FastifyRequest): string {
  const choice = request.method === 'GET' ? request.url.indexOf('?') : -1;
  if (choice < 0) return `"${version}"`;
  const shape = createHash('sha256').update(request.url.slice(choice)).digest('base64url').slice(0, 12);
  return `"${version}-${shape}"`;
}

/** What was filled in from elsewhere changes without the version of this row. */
const isExpanded = (request: FastifyRequest): boolean =>
  Boolean((request.query as { expand?: string } | undefined)?.expand);

/** Whether the list of tags has this one; a proxy may have weakened it, or marked the coding it applied. */
function names(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some(
    (one) =>
      one
        .trim()
        .replace(/^W\//, '')
        .replace(/-(?:gzip|br)"$/, '"') === etag,
  );
}

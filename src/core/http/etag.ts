import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import type { FastifyRequest } from 'fastify';
import { defineProblem } from './problem';

/** What a change that names another version than the row's is refused with. */
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

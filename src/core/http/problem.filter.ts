import { Catch, type ArgumentsHost, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentContext } from '../context';
import { problemOfConstraint } from './constraint-problems';
import { Problem, type ProblemType } from './problem';
import * as problems from './problems';

const logger = new Logger('Problem');

/** Errors of Fastify and of Node's parser, by their code. */
const BY_CODE: Record<string, () => Problem> = {
  FST_ERR_CTP_BODY_TOO_LARGE: problems.PayloadTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: problems.UnsupportedMediaType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: problems.MalformedRequest,
  FST_ERR_CTP_EMPTY_JSON_BODY: () =>
    problems.MalformedRequest({ detail: 'The body is empty although its content type is JSON.' }),
  FST_ERR_CTP_INVALID_JSON_BODY: problems.MalformedRequest,
  FST_ERR_BAD_URL: problems.MalformedRequest,
  FST_ERR_MAX_PARAM_LENGTH: problems.UriTooLong,
  // PostgreSQL, appendix A "Error Codes"
  '40001': problems.ConflictingWrite,
  '40P01': problems.ConflictingWrite,
  '23505': problems.ConflictingWrite,
  '23503': problems.ConflictingWrite,
  '55P03': problems.ConflictingWrite,
  '57014': problems.Unavailable,
  '57P01': problems.Unavailable,
  '53300': problems.Unavailable,
  ECONNREFUSED: problems.Unavailable,
};

const BY_STATUS: Record<number, () => Problem> = {
  400: problems.MalformedRequest,
  404: problems.RouteNotFound,
  413: problems.PayloadTooLarge,
  414: problems.UriTooLong,
  415: problems.UnsupportedMediaType,
  503: problems.Unavailable,
};

interface Cause {
  code?: string;
  /** The constraint that PostgreSQL names in a violation. */
  constraint?: string;
}

/** Whatever was thrown, as the problem that the caller is told. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const origin = error instanceof HttpException && error.cause ? error.cause : error;
  const cause = (origin as { driverError?: Cause })?.driverError ?? (origin as Cause);
  const byConstraint = problemOfConstraint(cause?.constraint);
  if (byConstraint) return byConstraint;
  const byCode = BY_CODE[cause?.code ?? ''];
  if (byCode) return byCode();
  if (isPoolTimeout(error)) return problems.Unavailable();
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number })?.statusCode;
  return (BY_STATUS[status ?? 500] ?? problems.InternalError)();
}

const isPoolTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('timeout exceeded when trying to connect');

/** The body of `application/problem+json` (RFC 9457). */
export function problemDetails({ type, occurrence }: Problem, instance: string, requestId: string) {
  return {
    type: `/problems/${type.code}`,
    title: type.title,
    status: type.status,
    detail: occurrence.detail ?? type.advice,
    instance,
    code: type.code,
    requestId,
    ...(occurrence.errors && { errors: occurrence.errors }),
    ...occurrence.extensions,
  };
}

/** Answers with problem details, and logs what is our fault, once. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (problem.type.status === 500) {
    const { stack } = error instanceof Error ? error : new Error(String(error));
    logger.error({ message: 'request failed', route: currentContext()?.route, stack });
  }
  if (reply.sent) return;
  for (const [name, value] of Object.entries(headersOf(problem.type, problem))) reply.header(name, value);
  const path = request.url.split('?', 1)[0]!;
  reply
    .serializer(JSON.stringify)
    .status(problem.type.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(problemDetails(problem, path, request.id));
}

function headersOf(type: ProblemType, { occurrence }: Problem): Record<string, string> {
  return { ...(type.kind === 'unavailable' && { 'retry-after': '2' }), ...occurrence.headers };
}

/** The one filter: problem details for everything that a handler, guard or pipe throws. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest(), http.getResponse());
  }
}

import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem, problemDetails } from './problem.filter';
import type { Problem } from './problem';
import type { HttpConfig } from './http.config';
import { answerHeaderLines, answerHeaders } from './security-headers';
import { HeadersTooLarge, MalformedRequest, RequestTimeout } from './problems';

const REQUEST_ID = /^[\w.-]{8,64}$/;

type Options = FastifyHttpOptions<Server> & { skipMiddie: boolean };

/** Limits and answers of the server itself: nothing a client sends reaches Fastify's own, undocumented, bodies. */
export function fastifyOptions(config: HttpConfig): Options {
  const setHeaders = answerHeaders(config);
  const headerLines = answerHeaderLines(config);
  return {
    // Nest middleware is not used: what runs for every request is a hook, a guard, a pipe or a filter.
    skipMiddie: true,
    logger: false,
    trustProxy: config.TRUST_PROXY_HOPS > 0 && ((_address, hop) => hop < config.TRUST_PROXY_HOPS),
    bodyLimit: config.HTTP_BODY_LIMIT,
    requestTimeout: config.HTTP_REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: config.HTTP_HEADER_LIMIT },
    routerOptions: { maxParamLength: 200 },
    genReqId: requestId,
    clientErrorHandler: (error, socket) => refuseRawRequest(error, socket, headerLines),
    // No hook runs for these.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      setHeaders(request, reply);
      sendProblem(error, request, reply);
    },
  };
}

function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** The parser of Node refused the bytes: there is no request to answer, only a socket. */
function refuseRawRequest(error: NodeJS.ErrnoException, socket: Socket, headerLines: string[]): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = rawProblem(error.code);
  const body = JSON.stringify(problemDetails(problem, '', randomUUID()));
  const { status } = problem.type;
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...headerLines,
      '',
      body,
    ].join('\r\n'),
  );
}

function rawProblem(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return HeadersTooLarge();
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? RequestTimeout() : MalformedRequest();
}

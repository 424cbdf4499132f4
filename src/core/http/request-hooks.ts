import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Context, runInContext } from '../context';
import { RequestRecord } from '../observability/request-record';
import { Cors } from './cors';
import { Drain } from './drain';
import type { HttpConfig } from './http.config';
import { httpsOnly } from './https-only';
import { Overload, Overloaded } from './overload';
import { sendProblem } from './problem.filter';
import { UnsupportedMediaType } from './problems';
import { answerHeaders } from './security-headers';

const TRACEPARENT = /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/**
 * What happens to every request, in one hook at its start and one before its answer: it gets its context, is turned
 * away when there is too much to do, and is recorded at its end; the answer gets the headers that all have.
 */
export function registerHooks(
  fastify: FastifyInstance,
  app: INestApplicationContext,
  config: HttpConfig,
): void {
  const [overload, record, drain] = [app.get(Overload), app.get(RequestRecord), app.get(Drain)];
  const cors = new Cors(config.CORS_ORIGINS);
  const setHeaders = answerHeaders(config);
  const ledToHttps = httpsOnly(config);
  overload.watch();
  record.metrics.watchInFlight(() => overload.inFlight);

  fastify.addHook('onRequest', (request, reply, done) => {
    const { url, config: route } = request.routeOptions;
    const context = contextOf(reply, url);
    const counted = route?.neverShed !== true;
    const short = counted ? overload.reason : undefined;
    if (counted) overload.inFlight += 1;
    // 'close' comes once for every answer, also when the caller has left; Fastify's onResponse does not.
    reply.raw.on('close', () => {
      if (counted) overload.inFlight -= 1;
      record.finished(context, reply.raw.writableFinished, reply.statusCode, reply.elapsedTime);
    });
    if (cors.answered(request, reply) || ledToHttps(request, reply)) return;
    if (short) {
      record.metrics.shed.inc({ reason: short });
      return sendProblem(Overloaded(), request, reply);
    }
    if (isEncoded(request)) return sendProblem(EncodedBody(), request, reply);
    runInContext(context, done);
  });

  fastify.addHook('onSend', (request, reply, payload, done) => {
    setHeaders(request, reply);
    if (drain.isLastAnswer()) reply.header('connection', 'close');
    done(null, payload);
  });
}

/** Packed bodies are not taken: a small one may unpack to any size (RFC 9110, 15.5.16). */
const EncodedBody = () =>
  UnsupportedMediaType({
    detail: 'Send the body without Content-Encoding.',
    headers: { 'accept-encoding': 'identity' },
  });

function isEncoded({ headers }: FastifyRequest): boolean {
  const coding = headers['content-encoding'];
  return coding !== undefined && coding !== 'identity';
}

function contextOf(reply: FastifyReply, url: string | undefined): Context {
  const { request } = reply;
  const { traceparent } = request.headers;
  return {
    requestId: request.id,
    route: `${request.method} ${url ?? 'unmatched'}`,
    scope: {},
    reply,
    count: { statements: 0 },
    traceparent: typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined,
  };
}

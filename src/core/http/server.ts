import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readConfiguration } from '../config/configuration';
import { processLogger } from '../process';
import { ApiDocs } from '../openapi/api-docs';
import { RouteCheck } from '../openapi/route-check';
import { registerAnswerHeaders } from './answer-headers';
import { registerCompression } from './compression';
import { fastifyOptions } from './fastify-options';
import { httpConfig } from './http.config';
import { IdempotencyKeys } from './idempotency/idempotency-keys';
import { ProblemFilter } from './problem.filter';
import { registerHooks } from './request-hooks';
import { answerOtherMethods, collectRoutes } from './unknown-routes';

/**
 * The HTTP application over `module`, initialised and ready, but not listening.
 * Main, tests and the OpenAPI export all start here, so that they speak of the same thing.
 */
export async function createServer(module: Type): Promise<NestFastifyApplication> {
  const config = readConfiguration(httpConfig, process.env);
  const adapter = new FastifyAdapter(fastifyOptions(config));
  const fastify = adapter.getInstance();
  const routes = collectRoutes(fastify);
  await registerCompression(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: processLogger(),
    abortOnError: false,
  });
  registerHooks(fastify, app, config);
  registerAnswerHeaders(fastify);
  fastify.decorate<IdempotencyKeys>('idempotencyKeys', app.get(IdempotencyKeys));
  app.useGlobalFilters(new ProblemFilter());
  app.get(ApiDocs).describe(app);
  try {
    await app.init();
    app.get(RouteCheck).assertListed(routes);
    fastify.removeContentTypeParser(['text/plain', 'application/x-www-form-urlencoded']);
    answerOtherMethods(fastify, routes);
    await fastify.ready();
  } catch (error) {
    // What had opened its connections already must not keep the process alive.
    await app.close();
    throw error;
  }
  return app;
}

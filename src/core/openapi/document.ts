import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Authentication } from '../auth/authentication';
import { ProblemView } from '../http/problem.schema';
import { productName } from '../product';
import { Answers, problemExamples } from './answers';
import { ANSWER_HEADERS, REQUEST_HEADERS, requestHeadersOf } from './headers';
import { NamedSchemas } from './named-schemas';
import { factsOf, type Operation, type RouteFacts } from './route-facts';
import type { Route } from './routes';
import { repairExamples, withoutRequired } from './schema-repair';
import { topicOf } from './topic';

const description = (credentials: readonly string[]) =>
  `Sign in with \`POST /v1/auth/login\`, then send \`Authorization: Bearer <access token>\`${
    credentials.length > 0 ? `; programs send ${credentials.join(' or ')}\nin its place` : ''
  }. Pages may sign in with \`"transport": "cookie"\` instead, and send no header.
Every answer from 400 upwards is \`application/problem+json\`; [/problems](/problems) lists the codes.`;

/**
 * The OpenAPI 3.1 document of the running application: Nest's decorators, and what follows from them for errors,
 * headers and security. @throws Error when two schemas claim one name, or a controller has no `@Topic`
 */
export function describeApi(app: INestApplication, routes: Route[]): OpenAPIObject {
  const schemas = new NamedSchemas();
  const answers = new Answers();
  const document = SwaggerModule.createDocument(app, outline(app.get(Authentication).programCredentials()), {
    standardSchemaConverter: schemas.convert,
    operationIdFactory: (_controller, method) => method,
    autoTagControllers: false,
  });
  schemas.convert(ProblemView, { schemaType: 'output' });
  const described = routes.flatMap((route) => {
    const operation = operationOf(document, route);
    return operation ? [{ route, operation, facts: factsOf(route, operation) }] : [];
  });
  for (const { operation, facts } of described) complete(operation, facts, answers);
  document.tags = topicsOf(described);
  document.components = {
    ...document.components,
    schemas: schemas.components() as never,
    headers: ANSWER_HEADERS as never,
    parameters: REQUEST_HEADERS as never,
    responses: sorted(answers.components) as never,
    examples: problemExamples() as never,
  };
  return finish(document, schemas, described);
}

function outline(credentials: readonly string[]): Omit<OpenAPIObject, 'paths'> {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));
  return new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(productName)
    .setDescription(description(credentials))
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: `${['An access token from POST /v1/auth/login', ...credentials].join(', or ')}.`,
      },
      'bearer',
    )
    .addCookieAuth(
      '__Host-keelson_session',
      {
        type: 'apiKey',
        in: 'cookie',
        description:
          'What signing in with `"transport": "cookie"` set. Writing with it is for pages of this server and of `CORS_ORIGINS`. In development, without https, its name is `keelson_session`.',
      },
      'cookie',
    )
    .build();
}

const operationOf = (document: OpenAPIObject, { path, method }: Route): Operation | undefined =>
  document.paths[path]?.[method.toLowerCase() as 'get'];

function complete(operation: Operation, facts: RouteFacts, answers: Answers): void {
  const { access } = facts.route;
  answers.complete(operation, facts);
  operation.parameters = [...(operation.parameters ?? []), ...(requestHeadersOf(facts) as [])];
  operation.security = access?.kind === 'public' ? [] : securityOf(access?.permission);
  if (access?.permission) {
    const needs = `Needs the permission \`${access.permission}\`.`;
    operation.description = [operation.description, needs].filter(Boolean).join('\n\n');
  }
}

/** Either of the two. OpenAPI 3.1 lets both name the permission that they have to carry. */
function securityOf(permission: string | undefined): Record<string, string[]>[] {
  const permissions = permission ? [permission] : [];
  return [{ bearer: permissions }, { cookie: permissions }];
}

function topicsOf(described: Described[]): { name: string; description: string }[] {
  const known = described
    .map(({ route }) => topicOf(route.controller))
    .filter((topic) => topic !== undefined);
  const topics = Object.fromEntries(known.map((topic) => [topic.name, topic]));
  const placeless = described.find(({ operation }) => !Object.hasOwn(topics, operation.tags?.[0] ?? ''));
  if (!placeless) return Object.values(sorted(topics));
  throw new Error(
    `${placeless.route.controller.name} has no topic: the OpenAPI document cannot place its routes.`,
  );
}

/** Last steps, on the whole document: final names, and what Nest's converter wrote in the manner of OpenAPI 3.0. */
function finish(document: OpenAPIObject, names: NamedSchemas, described: Described[]): OpenAPIObject {
  for (const { operation, facts } of described) {
    if (facts.returns?.sparse) withoutRequired(document, operation, facts.returns.status);
  }
  const named = names.finalRefs(document) as OpenAPIObject;
  for (const { route } of described) repairExamples(operationOf(named, route)!);
  const { openapi, info, servers, tags, paths, components } = named;
  const schemas = sorted(components!.schemas!);
  return { openapi, info, servers, tags, paths: sorted(paths), components: { ...components, schemas } };
}

interface Described {
  readonly route: Route;
  readonly operation: Operation;
  readonly facts: RouteFacts;
}

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { FastifyRequest } from 'fastify';
import { perHandler } from './per-handler';
import type { ProblemError } from './problem';
import { ValidationFailed } from './problems';

type Issue = StandardSchemaV1.Issue & { code?: string; keys?: string[] };
type Part = 'body' | 'query' | 'params';

const PARTS: Record<number, Part> = {
  [RouteParamtypes.BODY]: 'body',
  [RouteParamtypes.QUERY]: 'query',
  [RouteParamtypes.PARAM]: 'params',
};

interface Input {
  readonly part: Part;
  readonly schema: StandardSchemaV1;
}

/**
 * Holds body, query and path against the schemas of the handler's decorators (`@Body({ schema })`) and puts what they
 * made of them in their place. Schemas are allow-lists: what they do not name is refused or dropped, as they say.
 * A guard and not a pipe: Nest awaits each pipe of each argument, which costs more than the work of most requests.
 * @throws Problem validation_failed with an entry for each offending part
 */
@Injectable()
export class InputGuard implements CanActivate {
  private readonly inputs = perHandler((handler, controller) => inputsOf(controller, handler.name));

  canActivate(host: ExecutionContext): true {
    const inputs = this.inputs(host);
    if (inputs.length === 0) return true;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    for (const { part, schema } of inputs) request[part] = checked(request[part] ?? {}, schema, part);
    return true;
  }
}

function inputsOf(controller: object, method: string): Input[] {
  const metadata: Record<string, { data?: unknown; schema?: StandardSchemaV1 }> =
    Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {};
  return Object.entries(metadata).flatMap(([key, { schema }]) => {
    const part = PARTS[Number(key.split(':')[0])];
    return part && schema ? [{ part, schema }] : [];
  });
}

function checked(value: unknown, schema: StandardSchemaV1, part: Part): unknown {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise)
    throw new Error('Schemas of input answer at once: this one is asynchronous.');
  if (!result.issues) return result.value;
  throw ValidationFailed({ errors: result.issues.slice(0, 50).flatMap((issue) => errorsOf(issue, part)) });
}

/** An unknown key is reported at the key itself, not at the object around it. */
function errorsOf(issue: Issue, part: Part): ProblemError[] {
  const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  if (issue.code === 'unrecognized_keys' && issue.keys) {
    return issue.keys.slice(0, 50).map((key) => ({
      pointer: pointerOf(part, [...path, key]),
      code: 'unknown',
      detail: 'is not taken here',
    }));
  }
  return [{ pointer: pointerOf(part, path), code: issue.code ?? 'invalid', detail: issue.message }];
}

function pointerOf(part: Part, path: string[]): string {
  if (part !== 'body') return [part === 'params' ? 'path' : part, ...path].join('.');
  return path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') || '/';
}

import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ProblemError } from './problem';
import { ValidationFailed } from './problems';

type Issue = StandardSchemaV1.Issue & { code?: string; keys?: string[] };

/**
 * Checks a route argument against the schema of its decorator (`@Body({ schema })`) and hands on what the schema
 * made of it. Schemas are allow-lists: what they do not name is refused or dropped, as they say.
 * @throws Problem validation_failed with an entry for each offending part.
 */
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { schema, type }: ArgumentMetadata): unknown {
    if (!schema) return value;
    const result = (schema as StandardSchemaV1)['~standard'].validate(value ?? {});
    return result instanceof Promise ? result.then((settled) => take(settled, type)) : take(result, type);
  }
}

function take(result: StandardSchemaV1.Result<unknown>, type: string): unknown {
  if (!result.issues) return result.value;
  throw ValidationFailed({ errors: result.issues.slice(0, 50).flatMap((issue) => errorsOf(issue, type)) });
}

/** An unknown key is reported at the key itself, not at the object around it. */
function errorsOf(issue: Issue, type: string): ProblemError[] {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  if (issue.code === 'unrecognized_keys' && issue.keys) {
    return issue.keys.slice(0, 50).map((key) => ({
      pointer: pointerOf(type, [...path, key]),
      code: 'unknown',
      detail: 'is not taken here',
    }));
  }
  return [{ pointer: pointerOf(type, path), code: issue.code ?? 'invalid', detail: issue.message }];
}

function pointerOf(type: string, path: string[]): string {
  if (type !== 'body') return [type === 'param' ? 'path' : type, ...path].join('.');
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') || '/';
}

import type { OpenAPIObject } from '@nestjs/swagger';
import { mapRefs } from './named-schemas';
import type { Operation } from './route-facts';

type Json = Record<string, unknown>;

const REF = '#/components/schemas/';

/**
 * Nest's converter writes the examples of inline schemas as OpenAPI 3.0 has them; OpenAPI 3.1 follows JSON Schema
 * 2020-12, where `examples` is a list. Changes the operation in place.
 */
export function repairExamples(operation: Operation): void {
  const {
    parameters = [],
    requestBody,
    responses,
  } = operation as unknown as {
    parameters?: Json[];
    requestBody?: Json;
    responses: Record<string, Json>;
  };
  const holders = [...parameters, ...[requestBody, ...Object.values(responses)].flatMap(mediaTypes)];
  for (const holder of holders) if (holder.schema) holder.schema = repaired(holder.schema as Json);
}

const mediaTypes = (body: Json | undefined): Json[] =>
  Object.values((body?.content as Record<string, Json>) ?? {});

function repaired(schema: Json): Json {
  const { example, ...rest } = schema;
  const entries = Object.entries(rest).map(([key, value]) => [
    key,
    key === 'properties' ? inside(value) : deeper(value),
  ]);
  return { ...Object.fromEntries(entries), ...(example !== undefined && { examples: [example] }) };
}

const inside = (properties: unknown): Json =>
  Object.fromEntries(Object.entries(properties as Json).map(([key, value]) => [key, deeper(value)]));

function deeper(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deeper);
  return typeof value === 'object' && value !== null ? repaired(value as Json) : value;
}

/**
 * A route whose caller may choose the fields answers the schema with nothing in it required: components named
 * `<name>Fields`, for the schema and for all that it refers to.
 */
export function withoutRequired(document: OpenAPIObject, operation: Operation, status: number): void {
  const schemas = document.components!.schemas as Record<string, Json>;
  const add = (ref: string): string => {
    const name = ref.slice(REF.length);
    const loose = `${name}Fields`;
    if (!(loose in schemas)) {
      schemas[loose] = {};
      schemas[loose] = mapRefs(dropRequired(schemas[name]), add) as Json;
    }
    return REF + loose;
  };
  const answer = (operation.responses as unknown as Record<string, Json>)[status]!;
  for (const media of mediaTypes(answer)) media.schema = mapRefs(dropRequired(media.schema), add);
}

function dropRequired(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(dropRequired);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(([key, value]) => key !== 'required' || !Array.isArray(value));
  return Object.fromEntries(entries.map(([key, value]) => [key, dropRequired(value)]));
}

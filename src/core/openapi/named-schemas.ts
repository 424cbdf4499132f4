import { isDeepStrictEqual } from 'node:util';
import type { StandardSchemaConverter } from '@nestjs/swagger';
import { z } from 'zod';

type Json = Record<string, unknown>;
type Side = 'input' | 'output';

const REF = '#/components/schemas/';
const MARK = '~input';

/**
 * The components of the OpenAPI document: every zod schema with `.meta({ id })` becomes one, under that name.
 * Where a schema means something else in a request than in an answer (defaults, coercion), the request's gets the
 * name `<id>Input`. @throws Error when two different schemas claim one name
 */
export class NamedSchemas {
  private readonly found: Record<Side, Map<string, Json>> = { input: new Map(), output: new Map() };

  readonly convert: StandardSchemaConverter = (schema, { schemaType }) => {
    if (!(schema instanceof z.ZodType)) return undefined;
    const converted = jsonSchema(schema, schemaType);
    const { $defs = {}, ...json } = refer(converted, schemaType) as Json;
    for (const [name, definition] of Object.entries($defs as Json)) {
      this.add(schemaType, name, definition as Json);
    }
    return { schema: json };
  };

  /** The components under their final names; {@link finalRefs} of what refers to them gives those names, too. */
  components(): Record<string, Json> {
    const components: Record<string, Json> = {};
    for (const [side, schemas] of Object.entries(this.found) as [Side, Map<string, Json>][]) {
      for (const [name, schema] of schemas) {
        const final = this.finalName(side, name);
        const definition = this.finalRefs(schema) as Json;
        if (final in components && !isDeepStrictEqual(components[final], definition)) throw taken(final);
        components[final] = definition;
      }
    }
    return components;
  }

  finalRefs(node: unknown): unknown {
    return mapRefs(node, (ref) => {
      const name = ref.slice(REF.length);
      return name.endsWith(MARK) ? REF + this.finalName('input', name.slice(0, -MARK.length)) : ref;
    });
  }

  private add(side: Side, name: string, definition: Json): void {
    const known = this.found[side].get(name);
    if (known && !isDeepStrictEqual(known, definition)) throw taken(name);
    this.found[side].set(name, definition);
  }

  private finalName(side: Side, name: string): string {
    return side === 'input' && this.found.output.has(name) && this.differs(name) ? `${name}Input` : name;
  }

  /** Whether the two sides differ in the schema itself or in anything it refers to. */
  private differs(name: string, seen = new Set<string>()): boolean {
    if (seen.has(name)) return false;
    seen.add(name);
    const [input, output] = [this.found.input.get(name), this.found.output.get(name)];
    if (!input || !output) return false;
    const names: string[] = [];
    const unmarked = mapRefs(input, (ref) => {
      names.push(ref.slice(REF.length).replace(MARK, ''));
      return ref.replace(MARK, '');
    });
    return !isDeepStrictEqual(unmarked, output) || names.some((one) => this.differs(one, seen));
  }
}

const taken = (name: string): Error =>
  new Error(
    `Two different schemas are called "${name}" in the OpenAPI document: rename one in its .meta({ id }).`,
  );

function jsonSchema(schema: z.ZodType, io: Side): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ jsonSchema: node }) => {
      // Readers know the formats; zod's patterns for them only make the document long.
      if (node.format) delete node.pattern;
      // Clients must bear properties that a later version adds to an answer.
      if (io === 'output' && node.additionalProperties === false) delete node.additionalProperties;
      delete node.id;
    },
  }) as Json;
  return json;
}

const refer = (node: unknown, side: Side): unknown =>
  mapRefs(node, (ref) => ref.replace('#/$defs/', REF) + (side === 'input' ? MARK : ''));

/** A copy of the node with every `$ref` replaced. */
export function mapRefs(node: unknown, change: (ref: string) => string): unknown {
  if (Array.isArray(node)) return node.map((item) => mapRefs(item, change));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#/')
      ? [key, change(value)]
      : [key, mapRefs(value, change)],
  );
  return Object.fromEntries(entries);
}

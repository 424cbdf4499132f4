import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;

interface Answer {
  readonly content?: Record<string, { schema: Json }>;
}

interface SampleSchema {
  readonly examples?: unknown[];
  readonly enum?: unknown[];
  readonly const?: unknown;
  readonly oneOf?: Json[];
  readonly anyOf?: Json[];
  readonly properties?: Record<string, Json>;
  readonly items?: Json;
  readonly type?: string;
  readonly format?: string;
}

interface Choose {
  one<T>(items: readonly T[]): T;
  /** The id that a sample names. */
  id(): string;
}

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: { name: string; in: string; schema: Json }[];
  readonly body?: Json;
  readonly responses: Record<string, Answer>;
}

/** An OpenAPI document, for tests that hold the application against what it says of itself. */
export class ApiDescription {
  private readonly ajv = new Ajv2020({ strict: false, validateSchema: false });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(private readonly document: Json) {
    addFormats(this.ajv);
    this.ajv.addSchema(document, 'api');
  }

  operations(): Operation[] {
    const paths = Object.entries(this.document.paths as Record<string, Record<string, Json>>);
    return paths.flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => this.operation(path, method, operation)),
    );
  }

  /** The node with its `$ref` followed. */
  resolve<T = Json>(node: Json): T {
    if (typeof node.$ref !== 'string') return node as T;
    const found = node.$ref
      .slice(2)
      .split('/')
      .reduce<Json>((place, key) => place[key] as Json, this.document);
    return this.resolve<T>(found);
  }

  /** A value that fits the schema, as far as the schema tells. */
  sample(given: Json, choose: Choose): unknown {
    const schema = this.resolve<SampleSchema>(given);
    const alternatives = schema.oneOf ?? schema.anyOf;
    if (schema.examples) return schema.examples[0];
    if (schema.enum) return choose.one(schema.enum);
    if ('const' in schema) return schema.const;
    if (alternatives) return this.sample(choose.one(alternatives), choose);
    if (schema.properties) {
      const entries = Object.entries(schema.properties);
      return Object.fromEntries(entries.map(([key, value]) => [key, this.sample(value, choose)]));
    }
    if (schema.type === 'array') return [this.sample(schema.items!, choose)];
    if (schema.format === 'uuid') return choose.id();
    if (schema.type === 'string') return 'a long enough text';
    return schema.type === 'boolean' ? true : 1;
  }

  /** What the document says against such an answer of the operation; undefined when it is one that it declares. */
  objection(
    { responses }: Operation,
    status: number,
    type: string | undefined,
    body: string,
  ): string | undefined {
    const answer = responses[status];
    if (!answer) return `status ${status} is not declared`;
    if (!answer.content) return body === '' ? undefined : 'has a body, which is not declared';
    const media = type?.split(';')[0] ?? '';
    const schema = answer.content[media]?.schema;
    if (!schema) return `content type ${type} is not declared`;
    if (!media.endsWith('json')) return undefined;
    const validate = this.validator(schema);
    return validate(JSON.parse(body)) ? undefined : this.ajv.errorsText(validate.errors);
  }

  private operation(path: string, method: string, operation: Json): Operation {
    const responses = Object.entries(operation.responses as Record<string, Json>);
    const requestBody = operation.requestBody as { content: Record<string, { schema: Json }> } | undefined;
    return {
      operationId: String(operation.operationId),
      method: method.toUpperCase(),
      path,
      parameters: ((operation.parameters ?? []) as Json[]).map((parameter) => this.resolve(parameter)),
      body: requestBody?.content['application/json']?.schema,
      responses: Object.fromEntries(
        responses.map(([status, answer]) => [status, this.resolve<Answer>(answer)]),
      ),
    };
  }

  private validator(schema: Json): ValidateFunction {
    const key = JSON.stringify(schema).replaceAll('"#/', '"api#/');
    if (!this.validators.has(key)) this.validators.set(key, this.ajv.compile(JSON.parse(key)));
    return this.validators.get(key)!;
  }
}

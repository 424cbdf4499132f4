import { applyDecorators, HttpCode, SetMetadata } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import type { AnswerHeader } from './answer-headers';
import { AddRouteConfig } from './route-config';

export const RETURNS = 'http:returns';

interface ReturnsOptions {
  /** The status of success; 200 unless it is said otherwise. */
  status?: number;
  /** What the answer means, for the OpenAPI document. */
  description?: string;
  /** The caller may ask for some of the fields, so none of them is sure to be there. */
  sparse?: boolean;
  /** What the headers of the answer say of its body: the ETag of one resource, the address of a new one, the next page. */
  headers?: readonly AnswerHeader[];
}

/** What `@Returns` said of a route. */
export type Returned = ReturnsOptions & { readonly status: number; readonly schema?: z.ZodType };

/**
 * What the route answers: its status and the schema of its body. The schema is also the serializer, so a property
 * that it does not name never leaves the application. Without a schema the answer has no body.
 */
export function Returns(schema?: z.ZodType, options: ReturnsOptions = {}): MethodDecorator {
  const status = options.status ?? (schema ? 200 : 204);
  return applyDecorators(
    HttpCode(status),
    SetMetadata(RETURNS, { schema, ...options, status }),
    ApiResponse({
      status,
      description: options.description ?? (schema?.description || DESCRIPTIONS[status] || 'Success'),
      ...(schema && { standardSchema: schema as never }),
    }),
    ...(options.headers ? [AddRouteConfig({ answerHeaders: options.headers })] : []),
    ...(schema ? [RouteSchema({ response: { [status]: serializerSchema(schema, options.sparse) } })] : []),
  );
}

const DESCRIPTIONS: Record<number, string> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted',
  204: 'Done, no content',
};

function serializerSchema(schema: z.ZodType, sparse = false): object {
  return z.toJSONSchema(schema, {
    io: 'output',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Checked on the way in; here they only cost time. A Date is written as RFC 3339 without being told.
      delete jsonSchema.pattern;
      delete jsonSchema.format;
      if (sparse) delete jsonSchema.required;
    },
  });
}

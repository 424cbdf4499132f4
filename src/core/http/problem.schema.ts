import { z } from 'zod';

/** Problem details as RFC 9457 describes them, with our members `code`, `requestId` and `errors`. */
export const ProblemView = z
  .looseObject({
    type: z.string().describe('Address of a page about this kind of problem.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What happened, or what to do about it.'),
    instance: z.string().describe('The path that was called.'),
    code: z.string().describe('Stable; branch on it.'),
    requestId: z.string().describe('Quote it when you report the problem.'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON pointer into the body, or `query.x`, `path.x`, `header.x`.'),
          code: z.string(),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });

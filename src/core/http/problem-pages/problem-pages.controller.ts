import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Public } from '../../auth/access';
import { Topic } from '../../openapi/topic';
import { defineProblem, problemCatalogue } from '../problem';
import { Refuses } from '../refuses';
import { Returns } from '../returns';
import { problemPage } from './problem-page';

const ProblemUnknown = defineProblem(
  'not-found',
  'problem_not_found',
  'There is no problem with this code',
  'GET /problems lists every code.',
);

const ProblemTypeView = z
  .object({
    code: z.string().describe('Stable; branch on it.'),
    status: z.int(),
    title: z.string(),
    advice: z.string().describe('What the caller can do about it.'),
  })
  .meta({ id: 'ProblemType', examples: [example()] });
const ProblemTypeList = z.object({ items: z.array(ProblemTypeView) }).meta({ id: 'ProblemTypeList' });
const ProblemPath = z.strictObject({ code: z.string().regex(/^[a-z\d_]{1,64}$/, 'is not a code') });

function example() {
  const { code, status, title, advice } = ProblemUnknown.type;
  return { code, status, title, advice };
}

@Public()
@Topic(
  'problems',
  'What can go wrong, and what to do about it: the pages that `type` of a problem points to.',
)
@Controller('problems')
export class ProblemPagesController {
  @Get()
  @Returns(ProblemTypeList)
  @ApiOperation({ operationId: 'listProblems', summary: 'List every problem code' })
  list() {
    return { items: problemCatalogue() };
  }

  @Get(':code')
  @Returns(ProblemTypeView)
  @ApiProduces('application/json', 'text/html')
  @Refuses(ProblemUnknown)
  @ApiOperation({ operationId: 'getProblem', summary: 'Explain a problem code; browsers get a page' })
  get(
    @Param({ schema: ProblemPath }) { code }: z.output<typeof ProblemPath>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const type = problemCatalogue().find((one) => one.code === code);
    if (!type) throw ProblemUnknown();
    reply.header('vary', 'accept');
    if (!prefersHtml(request)) return type;
    reply.type('text/html; charset=utf-8').serializer(String);
    return problemPage(type);
  }
}

/** Browsers name text/html; programs name JSON, anything, or nothing. */
const prefersHtml = ({ headers }: FastifyRequest): boolean => /\btext\/html\b/.test(headers.accept ?? '');

import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { currentContext } from '../context';
import { Database } from '../database/database';
import { problemDetails, problemOf } from './problem.filter';
import { ProblemView } from './problem.schema';
import { id } from './text';

export const MAX_OPERATIONS = 100;

interface Definition<I extends z.ZodObject, C extends z.ZodType, U extends z.ZodType> {
  readonly item: I;
  readonly create: C;
  readonly update: U;
}

type Operation<C extends z.ZodType, U extends z.ZodType> =
  | { op: 'create'; data: z.output<C> }
  | { op: 'update'; id: string; version?: number; data: z.output<U> }
  | { op: 'remove'; id: string };

export interface Batch<I extends z.ZodObject, C extends z.ZodType, U extends z.ZodType> {
  /** For `@Body({ schema })`. */
  readonly request: z.ZodType<{ operations: Operation<C, U>[] }>;
  /** For `@Returns()`. */
  readonly response: z.ZodType<{ results: BatchResult<z.output<I>>[] }>;
}

export interface BatchResult<T> {
  readonly index: number;
  readonly status: number;
  readonly item?: T;
  readonly problem?: z.output<typeof ProblemView>;
}

/** Declares `POST /v1/<resources>/batch`: up to 100 operations, and a result for each in the order they came. */
export function defineBatch<I extends z.ZodObject, C extends z.ZodType, U extends z.ZodType>({
  item,
  create,
  update,
}: Definition<I, C, U>): Batch<I, C, U> {
  const name = String(item.meta()?.id);
  const operation = z.discriminatedUnion('op', [
    z.strictObject({ op: z.literal('create'), data: create }),
    z.strictObject({
      op: z.literal('update'),
      id: id(),
      version: z.int().min(1).max(999_999_999).optional().describe('The number in the ETag that you read.'),
      data: update,
    }),
    z.strictObject({ op: z.literal('remove'), id: id() }),
  ]);
  const result = z.object({
    index: z.int().describe('The place of the operation in the request, from 0.'),
    status: z.int().describe('The status that the operation would have answered on its own.'),
    item: item.optional(),
    problem: ProblemView.optional(),
  });
  return {
    request: z
      .strictObject({ operations: z.array(operation).min(1).max(MAX_OPERATIONS) })
      .meta({ id: `${name}Batch` }) as never,
    response: z.object({ results: z.array(result) }).meta({ id: `${name}BatchResult` }) as never,
  };
}

const SUCCESS = { create: 201, update: 200, remove: 204 } as const;

/** Runs the operations of a batch, one after the other. */
@Injectable()
export class Batches {
  constructor(private readonly database: Database) {}

  /** Each operation succeeds or fails on its own: a failed one takes back only what it wrote itself. */
  async run<T, O extends { op: keyof typeof SUCCESS }>(
    operations: readonly O[],
    perform: (operation: O) => Promise<T | void>,
  ): Promise<{ results: BatchResult<T>[] }> {
    const results: BatchResult<T>[] = [];
    for (const [index, operation] of operations.entries()) {
      try {
        const item = await this.database.attempt(() => perform(operation));
        results.push({ index, status: SUCCESS[operation.op], ...(item && { item }) });
      } catch (error) {
        const problem = problemOf(error);
        if (problem.type.status === 500) throw error;
        const instance = currentContext()?.route.split(' ')[1] ?? '';
        const details = problemDetails(problem, instance, currentContext()?.requestId ?? '');
        results.push({ index, status: problem.type.status, problem: details as never });
      }
    }
    return { results };
  }
}

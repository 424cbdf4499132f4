import type { z } from 'zod';
import { validated } from '../events/payload';

/** Work to do later, outside of the request: its name, the shape of its payload, and how it is retried. */
export interface JobType<P> {
  readonly name: string;
  readonly schema: z.ZodType<P>;
  readonly subject: string;
  readonly sealed: boolean;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly concurrency?: number;
}

interface JobDefinition<P> {
  readonly name: string;
  readonly schema: z.ZodType<P>;
  /** Encrypts the payload wherever it lies: for links and codes that are as good as a password. */
  readonly sealed?: boolean;
  /** How often it is tried in all; 8 unless told. */
  readonly attempts?: number;
  /** The pause before the second attempt, in milliseconds; it doubles with each. 1000 unless told. */
  readonly backoffMs?: number;
  /** Gives the job a queue of its own, of which a process handles this many at once: for work that is slow. */
  readonly concurrency?: number;
}

const declared = new Map<string, JobType<unknown>>();

/** Every job that was declared. */
export const declaredJobs = (): JobType<unknown>[] => [...declared.values()];

/**
 * Declares a job: `defineJob({ name: 'mail.send', schema })`. The payload is plain JSON.
 * @throws Error when the name is taken.
 */
export function defineJob<P>({
  name,
  schema,
  sealed = false,
  attempts = 8,
  backoffMs = 1000,
  concurrency,
}: JobDefinition<P>): JobType<P> {
  if (declared.has(name)) throw new Error(`The job ${name} is declared twice.`);
  const type: JobType<P> = { name, schema, subject: `job:${name}`, sealed, attempts, backoffMs, concurrency };
  declared.set(name, type as JobType<unknown>);
  return type;
}

/** The payload as the schema gives it back. @throws InvalidPayloadError */
export const jobPayload = <P>(job: JobType<P>, payload: unknown): P =>
  validated(job.subject, job.schema, payload);

/** Throw it from a handler when trying again cannot help: the job fails at once and is kept for people to look at. */
export class PermanentFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentFailure';
  }
}

import type { z } from 'zod';

/** Thrown when a payload does not fit the schema of its event or job: a mistake in the code that sent it. */
export class InvalidPayloadError extends Error {
  constructor(
    readonly subject: string,
    readonly issues: readonly string[],
  ) {
    super(`The payload of ${subject} does not fit its schema: ${issues.join('; ')}`);
    this.name = 'InvalidPayloadError';
  }
}

/** The payload without what the schema does not know. The error names fields and never their values. */
export function validated<P>(subject: string, schema: z.ZodType<P>, payload: unknown): P {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`);
  throw new InvalidPayloadError(subject, issues);
}

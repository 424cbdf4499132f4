import { z } from 'zod';
import { text } from '../http/text';

export const OPERATORS = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'like'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Filter {
  readonly field: string;
  readonly operator: Operator;
  readonly value: unknown;
}

/** The schema of a filter's value, as it stands in the query, for a field of this schema. */
export function filterValue(field: z.ZodType, operator: Operator): z.ZodType {
  if (operator === 'like') return text(100);
  const value = scalar(field);
  if (operator !== 'in') return value;
  return z
    .string()
    .max(2000)
    .transform((list) => list.split(','))
    .pipe(
      z
        .array(value as z.ZodType<unknown, string>)
        .min(1)
        .max(50),
    );
}

/** Numbers and booleans arrive as text; the element of an array is what a filter compares. */
function scalar(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault) {
    return scalar(field.unwrap() as z.ZodType);
  }
  if (field instanceof z.ZodArray) return scalar(field.element as z.ZodType);
  if (field instanceof z.ZodBoolean) return z.stringbool();
  if (field instanceof z.ZodNumber)
    return z.preprocess((given) => (given === '' ? undefined : Number(given)), field);
  return field;
}

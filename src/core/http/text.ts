import { z } from 'zod';

// Control characters (PostgreSQL refuses NUL; the others break logs and terminals), but tab and line breaks pass.
// oxlint-disable-next-line no-control-regex -- this is the check against them
const UNSAFE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u2028\u2029\ufffe\uffff]/;

/**
 * Text of `min` to `max` characters that any store, log and screen can take: well-formed Unicode (no lone
 * surrogates), no control characters, NFC, no white space at its ends. (OWASP ASVS 5.0, 1.1 and 2.2)
 */
export const text = (max: number, min = 1) =>
  z
    .string()
    .normalize('NFC')
    .trim()
    .min(min)
    .max(max)
    .refine(
      (value) => value.isWellFormed() && !UNSAFE.test(value),
      'contains characters that are not allowed',
    );

/** The id of a resource: a UUID (we make version 7, RFC 9562). */
export const id = () => z.uuid();

/** A point in time, RFC 3339 in UTC with milliseconds. */
export const instant = () =>
  z.iso
    .datetime()
    .refine((value) => !value.startsWith('0000'), 'has no year 0: PostgreSQL counts from 1')
    .meta({ examples: ['2026-11-23T09:30:00.000Z'] });

/** An e-mail address, lower-cased; at most the 254 characters that RFC 5321 allows. */
export const email = () =>
  z
    .email()
    .max(254)
    .toLowerCase()
    .meta({ examples: ['ada@example.com'] });

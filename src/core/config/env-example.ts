import { z } from 'zod';
import { configurations } from './configuration';

const wrap = (text: string): string[] => text.match(/.{1,100}(\s|$)/g)?.map((line) => line.trim()) ?? [];

/** What the application takes when the variable is not set, as one would write it; '' when there is nothing. */
export function defaultOf(schema: z.ZodType): string {
  const development = schema.meta()?.development;
  if (typeof development === 'string') return development;
  const parsed = schema.safeParse(undefined);
  return parsed.success && parsed.data !== undefined ? String(parsed.data) : '';
}

function notesOf(schema: z.ZodType): string {
  const meta = schema.meta() ?? {};
  const notes = [
    meta.secret ? 'secret' : '',
    meta.development === undefined ? '' : 'development value: production refuses it',
  ].filter(Boolean);
  return notes.length > 0 ? ` (${notes.join('; ')})` : '';
}

/** The text of `.env.example`: one paragraph a module, headed by its name, made from the schemas. */
export function envExample(): string {
  const paragraphs = configurations().map(({ name, shape }) => {
    const lines = Object.entries(shape).flatMap(([variable, schema]) => {
      const value = defaultOf(schema);
      const comment = wrap(`${schema.description ?? ''}${notesOf(schema)}`).map((line) => `# ${line}`);
      return [...comment, value ? `${variable}=${value}` : `# ${variable}=`];
    });
    return [`# ${name}`, ...lines].join('\n');
  });
  return `${paragraphs.join('\n\n')}\n`;
}

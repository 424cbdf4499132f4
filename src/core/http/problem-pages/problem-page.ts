import type { ProblemType } from '../problem';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const html = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ENTITIES[character]!).replace(/`([^`]+)`/g, '<code>$1</code>');

/** The page about a problem, without style or script. */
export const problemPage = ({ code, status, title, advice }: ProblemType): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${html(title)}</title>
  </head>
  <body>
    <h1>${html(title)}</h1>
    <p><code>${html(code)}</code>, status ${status}</p>
    <p>${html(advice)}</p>
    <p><a href="/problems">Every problem</a></p>
  </body>
</html>
`;

/** The text of `docs/problems.md`: every problem that was declared. */
export function problemsMarkdown(catalogue: readonly ProblemType[]): string {
  const rows = catalogue.map(
    ({ code, status, title, advice }) => `| \`${code}\` | ${status} | ${title} | ${advice} |`,
  );
  return `# Problems

Every answer from 400 upwards is \`application/problem+json\` (RFC 9457) and carries one of these codes. They are
stable: branch on \`code\`, show \`title\` or \`detail\`. This page is generated with \`npm run generate\`.

| Code | Status | Title | What to do |
|---|---|---|---|
${rows.join('\n')}
`;
}

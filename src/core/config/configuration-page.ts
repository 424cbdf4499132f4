import type { z } from 'zod';
import { configurations } from './configuration';
import { defaultOf } from './env-example';

const INTRODUCTION = `# Configuration

Every variable that the application reads, module by module. \`npm run generate\` makes this page from the schemas beside the code, and \`npm run check\` compares it. An empty variable counts as not set. All processes read the same ones.

- **Default**: what holds when the variable is not set. In italics a value for development, which production refuses.
- **Needed**: where the application does not start without. Development and tests need none; staging runs as production does.
- **Secret**: *yes*, production asks for 32 characters at least; *with a password*, the address may carry one. Both belong into a secret store, never into a file that is committed.
`;

const HEAD = `| Variable | Default | Needed | Secret | What it does |
| --- | --- | --- | --- | --- |`;

/** The text of `docs/configuration.md`: one table a module, made from the schemas. */
export function configurationPage(): string {
  const tables = configurations().map(({ name, shape }) => {
    const rows = Object.entries(shape).map(([variable, schema]) => rowOf(variable, schema));
    return [`## ${name}\n`, HEAD, ...rows].join('\n');
  });
  return `${[INTRODUCTION, ...tables].join('\n').replaceAll('\n## ', '\n\n## ').replaceAll('\n\n\n', '\n\n')}\n`;
}

function rowOf(variable: string, schema: z.ZodType): string {
  const { development, secret } = schema.meta() ?? {};
  const known = defaultOf(schema);
  const value = known && `\`${known}\``;
  const cells = [
    `\`${variable}\``,
    development === undefined ? value : `_${value}_`,
    development === undefined ? '' : 'production',
    secret ? 'yes' : carriesPassword(schema) ? 'with a password' : '',
    schema.description ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

const SERVERS = ['postgres', 'redis', 'smtp', 'amqp', 'mongodb', 'mysql'];

/** Whether this takes the address of a server that a user signs in to, and nothing looser, such as any text. */
function carriesPassword(schema: z.ZodType): boolean {
  const takes = (text: string) => schema.safeParse(text).success;
  const address = 'user:password@host.example/name';
  if (takes('text') || takes(`https://${address}`)) return false;
  return SERVERS.some((protocol) => takes(`${protocol}://${address}`));
}

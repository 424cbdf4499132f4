import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What stands on the command line after the name of a command, as its `takes` allows. */
export interface Arguments {
  readonly rest: readonly string[];
  /** Whether `--name` is there. */
  flag(name: string): boolean;
  /** What comes after `--name`. */
  value(name: string): string | undefined;
}

/** A command of `npm run cli`; the name is the key of its table. */
export interface CliCommand {
  /** What it takes, and all that it takes: `<email>` is a word, `[--now]` a flag, `[--orgs N]` an option with a value. */
  readonly takes?: string;
  readonly does: string;
  /** Answers the exit code; nothing is 0. @throws UsageError for a value that it cannot take */
  run(args: Arguments): Promise<number | void>;
}

/** The command was not called as it has to be. */
export class UsageError extends Error {}

/** Reads the words after the name of a command. @throws UsageError for more, less or other words than `takes` says */
export function readArguments(takes = '', rest: readonly string[]): Arguments {
  const { values, positionals } = parse(takes, rest);
  const words = takes.match(/<[^>]+>/g) ?? [];
  if (positionals.length < words.length) throw new UsageError(`${words[positionals.length]} is missing.`);
  if (positionals.length > words.length)
    throw new UsageError(`It does not take "${positionals[words.length]}".`);
  return {
    rest,
    flag: (name) => values[name] === true,
    value: (name) => values[name] as string | undefined,
  };
}

function parse(takes: string, rest: readonly string[]): ReturnType<typeof parseArgs> {
  const options: ParseArgsConfig['options'] = {};
  for (const [, name, value] of takes.matchAll(/\[--([\w-]+)( \w+)?\]/g))
    options[name!] = { type: value ? 'string' : 'boolean' };
  try {
    return parseArgs({ args: [...rest], options, allowPositionals: true });
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new UsageError(`${sentence}.`);
  }
}

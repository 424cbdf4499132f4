/** What stands on the command line after the name of a command. */
export interface Arguments {
  readonly rest: readonly string[];
  /** Whether `--name` is there. */
  flag(name: string): boolean;
  /** What comes after `--name`. */
  value(name: string): string | undefined;
}

/** A command of `npm run cli`; the name is the key of its table. */
export interface CliCommand {
  /** The arguments that it takes, as the usage shows them. */
  readonly takes?: string;
  readonly does: string;
  /** Answers the exit code; nothing is 0. */
  run(args: Arguments): Promise<number | void>;
}

/** Reads flags and values from the words of a command line. */
export const argumentsOf = (rest: readonly string[]): Arguments => ({
  rest,
  flag: (name) => rest.includes(`--${name}`),
  value: (name) => (rest.includes(`--${name}`) ? rest[rest.indexOf(`--${name}`) + 1] : undefined),
});

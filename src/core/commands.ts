import type { INestApplicationContext } from '@nestjs/common';

/** Something that an operator does once in a while: `npm run cli -- users disable ada@example.com`. */
export interface Command {
  /** What it is about, and the verb: `users disable`. */
  readonly name: string;
  /** The arguments that it takes, as the usage shows them. */
  readonly takes?: string;
  readonly does: string;
  /**
   * Runs on the application, which does not listen, and answers the exit code. Standard output is for the result that
   * was asked for, such as a list; what was done goes to standard error, as logs do.
   */
  run(app: INestApplicationContext, args: readonly string[]): Promise<number>;
}

const declared = new Map<string, Command>();

/** Declares a command beside the code that it calls; import the file in the module. @throws Error when the name is taken */
export function defineCommand(command: Command): void {
  if (declared.has(command.name)) throw new Error(`The command "${command.name}" is declared twice.`);
  declared.set(command.name, command);
}

/** Every command that modules declared. */
export const commands = (): Command[] => [...declared.values()];
